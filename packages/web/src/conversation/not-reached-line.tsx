/** Below a message that mentions people outside of the room: offers to let them in. */
import { ChatError, type RoomId, type UserId } from '@parley/client';
import { useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { useShownNames } from '../people/use-shown-name.ts';
import { isPermitted } from '../rooms/room-permissions.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { messageStrings } from '../strings/message.ts';
import classes from './not-reached-line.module.css';

interface NotReachedLineProps {
  readonly roomId: RoomId;
  readonly messageKey: string;
  readonly userIds: readonly UserId[];
}

/** Lines that were answered, by message and people: rows go and come while the list scrolls, and an edit may name others. */
const ANSWERED = new Set<string>();

export default function NotReachedLine({ roomId, messageKey, userIds }: NotReachedLineProps) {
  const { client } = useChat();
  const names = useShownNames(userIds.map((userId) => ({ userId })));
  const mayInvite = useSnapshot(({ directory }) => {
    const room = listedRoom(directory, roomId);
    // People come into a public channel by way of its workspace.
    const isOpenable = room?.kind === 'room' || room?.visibility === 'private';
    return isOpenable && isPermitted(room, 'inviting');
  });
  const line = `${messageKey} ${userIds.join()}`;
  const [, setAnswered] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  // Names arrive a moment after the answer.
  if (ANSWERED.has(line) || names.length === 0) return null;
  const end = (target: Element): void => {
    target.closest('article')?.focus();
    ANSWERED.add(line);
    setAnswered(line);
  };
  const invite = async (target: Element): Promise<void> => {
    setIsBusy(true);
    try {
      for (const userId of userIds) await client.addToGroup(roomId, userId);
      end(target);
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
    setIsBusy(false);
  };
  return (
    <div className={classes['line']}>
      <span role="status">{messageStrings.notReached(names)}</span>
      {mayInvite && (
        <Button kind="quiet" disabled={isBusy} onClick={(event) => invite(event.currentTarget)}>
          {messageStrings.invite}
        </Button>
      )}
      <Button kind="quiet" onClick={(event) => end(event.currentTarget)}>
        {messageStrings.dismiss}
      </Button>
      {problem !== undefined && <span role="alert">{problem}</span>}
    </div>
  );
}
