/**
 * Asks for confirmation before a logout deletes drafts and unsent messages from this browser.
 * Loaded on the first use.
 */
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { logOutStrings as texts } from './log-out-strings.ts';
import { unsentOf } from './unsent.ts';
import { useLogOut } from './use-log-out.ts';

export interface LogOutDialogProps {
  readonly onLogOut: () => Promise<void>;
  readonly onClose: () => void;
}

export default function LogOutDialog({ onLogOut, onClose }: LogOutDialogProps) {
  const chat = useChat();
  const { logOut, isBusy, problem } = useLogOut(onLogOut);
  return (
    <Dialog
      title={texts.title}
      names={[]}
      text={texts.text(unsentOf(chat))}
      problem={problem}
      onClose={onClose}
    >
      <Button onClick={onClose}>{texts.cancel}</Button>
      <Button kind="danger" aria-disabled={isBusy} onClick={logOut}>
        {texts.confirm}
      </Button>
    </Dialog>
  );
}
