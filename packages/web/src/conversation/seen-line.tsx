/** Below the messages of a direct conversation: whether the user's last message was seen. */
import type { RoomId } from '@parley/client';
import { useChat, useSnapshot } from '../chat-context.ts';
import { strings } from '../strings/strings.ts';
import classes from './typing-line.module.css';

export function SeenLine({ roomId }: { readonly roomId: RoomId }) {
  const { user } = useChat();
  const isDirect = useSnapshot(({ conversations }) => conversations.get(roomId)?.kind === 'direct');
  const isSeen = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') return false;
    const last = room.log.messages.at(-1);
    return last?.userId === user.id && last.sequence <= (room.othersRead ?? 0);
  });
  return isDirect && isSeen ? <span className={classes['seen']}>{strings.people.seen}</span> : null;
}
