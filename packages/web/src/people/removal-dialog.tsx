/** Asks for confirmation before a member is removed. */
import { ChatError, ModerationApi, type RoomId, type UserPayload } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { messageStrings } from '../strings/message.ts';
import { removalStrings } from '../strings/removal.ts';
import { strings } from '../strings/strings.ts';
import { useShownName } from './use-shown-name.ts';

interface RemovalDialogProps {
  readonly roomId: RoomId;
  readonly person: UserPayload;
  readonly onClose: () => void;
}

export function RemovalDialog({ roomId, person, onClose }: RemovalDialogProps) {
  const { client } = useChat();
  const name = useShownName(person.id, person.username);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const remove = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    try {
      await new ModerationApi(client).remove(roomId, person.id);
      onClose();
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
      setIsBusy(false);
    }
  };
  const texts = removalStrings.remove;
  return (
    <Dialog
      title={texts.title(name)}
      names={[name]}
      text={texts.text}
      problem={problem}
      onClose={onClose}
    >
      <Button onClick={onClose}>{strings.rooms.cancel}</Button>
      <Button kind="danger" aria-disabled={isBusy} onClick={() => void remove()}>
        {texts.confirm}
      </Button>
    </Dialog>
  );
}
