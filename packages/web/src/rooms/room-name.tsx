/** A room in the list: its name, and its unread count. */
import { strings } from '../strings/strings.ts';
import { RoomIcon } from './room-icon.tsx';
import classes from './room-list.module.css';
import type { RoomRow } from './room-rows.ts';
import { UnreadPills } from './unread-pills.tsx';

interface RoomNameProps {
  readonly row: RoomRow;
  readonly isWatched: boolean;
}

export function RoomName({ row, isWatched }: RoomNameProps) {
  const { name, memberTotal, unreadCount, mentionCount } = row;
  const isUnread = unreadCount > 0 && !isWatched;
  const isBold = isUnread || row.isMarkedUnread;
  return (
    <>
      <RoomIcon url={row.pictureUrl} sign={row.isPrivate ? 'lock' : 'hash'} />
      <span className={classes['name']} data-unread={isBold} data-muted={row.isMuted}>
        {name}
      </span>
      {isUnread && <UnreadPills unreadCount={unreadCount} mentionCount={mentionCount} />}
      {row.isPrivate && <span className="visually-hidden">{strings.rooms.private}, </span>}
      {row.isMuted && <span className="visually-hidden">{strings.rooms.muted}, </span>}
      <span className="visually-hidden">{strings.members.count(memberTotal)}</span>
    </>
  );
}
