/** A room on the browse page: its name, who is there, and whether the user is one of them. */
import { Icon } from '../components/icon.tsx';
import { browseStrings } from '../strings/browse.ts';
import { strings } from '../strings/strings.ts';
import classes from './room-card.module.css';
import { RoomIcon } from './room-icon.tsx';
import type { RoomRow } from './room-rows.ts';
import { UnreadPills } from './unread-pills.tsx';

export function RoomCard({ row }: { readonly row: RoomRow }) {
  const { name, topic, memberTotal, unreadCount, mentionCount, isJoined } = row;
  return (
    <>
      <span className={classes['face']}>
        <RoomIcon url={row.pictureUrl} side={36} sign={row.isPrivate ? 'lock' : 'hash'} />
      </span>
      <span className={classes['text']}>
        <span className={classes['name']}>{name}</span>
        <span className={classes['about']} title={topic}>
          {' '}
          {row.isPrivate && `${browseStrings.private} · `}
          {strings.members.count(memberTotal)}
          {topic && (
            <>
              {' · '}
              <bdi>{topic}</bdi>
            </>
          )}
        </span>
      </span>
      {unreadCount > 0 && <UnreadPills unreadCount={unreadCount} mentionCount={mentionCount} />}
      <span className={classes['state']} data-joined={isJoined}>
        {isJoined && <Icon name="check" />}{' '}
        {isJoined ? browseStrings.joined : browseStrings.joinThis}
      </span>
    </>
  );
}
