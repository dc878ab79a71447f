/** Asks for confirmation before a person is blocked. */
import { BlockApi, ChatError, type UserPayload } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { peopleStrings } from '../strings/people.ts';
import { strings } from '../strings/strings.ts';
import { applyBlockChange } from './refresh-blocks.ts';
import { useShownName } from './use-shown-name.ts';

interface BlockDialogProps {
  readonly person: UserPayload;
  readonly onClose: () => void;
}

export function BlockDialog({ person, onClose }: BlockDialogProps) {
  const chat = useChat();
  const name = useShownName(person.id, person.username);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const block = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    try {
      await new BlockApi(chat.client).block(person.id);
      void applyBlockChange(chat);
      onClose();
    } catch (error) {
      setProblem(peopleStrings.notBlocked(ChatError.from(error).code));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title={`${peopleStrings.block(name)}?`}
      names={[name]}
      text={peopleStrings.blockText}
      problem={problem}
      onClose={onClose}
    >
      <Button onClick={onClose}>{strings.rooms.cancel}</Button>
      <Button kind="danger" aria-disabled={isBusy} onClick={() => void block()}>
        {peopleStrings.block(name)}
      </Button>
    </Dialog>
  );
}
