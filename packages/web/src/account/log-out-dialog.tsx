/**
 * Asks for confirmation before a logout deletes drafts and unsent messages from this browser.
 * Loaded on the first use.
 */
import { ChatError } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import { logOutStrings as texts } from './log-out-strings.ts';
import { unsentOf } from './unsent.ts';

export interface LogOutDialogProps {
  readonly onLogOut: () => Promise<void>;
  readonly onClose: () => void;
}

export default function LogOutDialog({ onLogOut, onClose }: LogOutDialogProps) {
  const chat = useChat();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const logOut = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem(undefined);
    try {
      await onLogOut();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      setProblem(strings.account.logOutFailed);
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title={texts.title}
      names={[]}
      text={texts.text(unsentOf(chat))}
      problem={problem}
      onClose={onClose}
    >
      <Button onClick={onClose}>{texts.cancel}</Button>
      <Button kind="danger" aria-disabled={isBusy} onClick={() => void logOut()}>
        {texts.confirm}
      </Button>
    </Dialog>
  );
}
