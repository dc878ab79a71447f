/** Below a message that mentions people outside of the room: offers to let them in. */
import { ChatError, type RoomId, type UserId } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { useShownNames } from '../people/use-shown-name.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import classes from './not-reached-line.module.css';

interface NotReachedLineProps {
  readonly roomId: RoomId;
  readonly messageKey: string;
  readonly userIds: readonly UserId[];
}

/** Messages whose line was answered: their rows go and come while the list scrolls. */
const ANSWERED = new Set<string>();

export default function NotReachedLine({ roomId, messageKey, userIds }: NotReachedLineProps) {
  const { client } = useChat();
  const names = useShownNames(userIds.map((userId) => ({ userId })));
  const mayInvite = useSnapshot(({ directory }) => {
    const room = listedRoom(directory, roomId);
    return room?.kind === 'room' && (room.visibility !== 'private' || room.canManage === true);
  });
  const [isAnswered, setIsAnswered] = useState(ANSWERED.has(messageKey));
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  // Names arrive a moment after the answer.
  if (isAnswered || names.length === 0) return null;
  const end = (target: Element): void => {
    target.closest('article')?.focus();
    ANSWERED.add(messageKey);
    setIsAnswered(true);
  };
  const invite = async (target: Element): Promise<void> => {
    setIsBusy(true);
    try {
      for (const userId of userIds) await client.addToGroup(roomId, userId);
      end(target);
    } catch (error) {
      setProblem(strings.message.notDone(ChatError.from(error).code));
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
