/** The rooms, as links; what is open on this page stands first. */
import type { RoomDirectory, Unread } from '@parley/client';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { type Route, roomPath } from '../route.ts';
import { texts } from '../texts.ts';
import classes from './room-list.module.css';
import type { RoomRow, RoomRows } from './room-rows.ts';

export interface RoomListProps {
  readonly directory: RoomDirectory;
  readonly found: RoomRows;
  readonly filter: string;
  readonly route: Route;
  /** A room was chosen. */
  readonly onPick: () => void;
}

export function RoomList({ directory, found, filter, route, onPick }: RoomListProps) {
  const { rows, hiddenCount } = found;
  const current = route.kind === 'room' ? route.roomId : undefined;
  const panel = route.kind === 'room' ? route.panel : undefined;
  // Of what is being looked at the conversation itself tells what is new.
  const watched = usePageVisible() ? current : undefined;
  if (directory.status === 'loading' && rows.length === 0) {
    return <Skeleton name={texts.rooms.loading} shape="rooms" />;
  }
  return (
    <div className={classes['scroll']}>
      <ul className={classes['list']} aria-label={texts.rooms.title}>
        {rows.map((row) => (
          <li key={row.id} className={classes['item']} data-open={row.isOpen}>
            <Link
              to={roomPath(row.id, panel)}
              className={classes['row']}
              onFollow={onPick}
              aria-current={row.id === current ? 'page' : undefined}
            >
              <RoomName row={row} isWatched={row.id === watched} />
            </Link>
          </li>
        ))}
      </ul>
      <RoomListNote
        directory={directory}
        filter={filter}
        isEmpty={rows.length === 0}
        hiddenCount={hiddenCount}
      />
    </div>
  );
}

interface RoomNameProps {
  readonly row: RoomRow;
  readonly isWatched: boolean;
}

function RoomName({ row, isWatched }: RoomNameProps) {
  const { name, memberCount, unreadCount, mentionCount } = row;
  const isUnread = unreadCount > 0 && !isWatched;
  return (
    <>
      <Icon name="hash" />
      <span className={classes['name']} data-unread={isUnread}>
        {name}
      </span>
      {isUnread ? (
        <UnreadPills unreadCount={unreadCount} mentionCount={mentionCount} />
      ) : (
        <span className={classes['count']} aria-hidden="true">
          {memberCount}
        </span>
      )}
      <span className="visually-hidden">{texts.rooms.members(memberCount)}</span>
    </>
  );
}

function UnreadPills({ unreadCount, mentionCount }: Unread) {
  return (
    <>
      {mentionCount > 0 && (
        <span className={classes['mentions']}>
          <span aria-hidden="true">@{texts.rooms.pill(mentionCount)}</span>
          <span className="visually-hidden">{texts.rooms.mentions(mentionCount)}, </span>
        </span>
      )}
      <span className={classes['unread']}>
        <span aria-hidden="true">{texts.rooms.pill(unreadCount)}</span>
        <span className="visually-hidden">{texts.rooms.unread(unreadCount)}, </span>
      </span>
    </>
  );
}

interface RoomListNoteProps {
  readonly directory: RoomDirectory;
  readonly filter: string;
  readonly isEmpty: boolean;
  readonly hiddenCount: number;
}

function RoomListNote({ directory, filter, isEmpty, hiddenCount }: RoomListNoteProps) {
  const { client } = useChat();
  if (directory.status === 'failed') {
    return (
      <p className={classes['note']}>
        {texts.rooms.failed}
        <Button kind="quiet" onClick={() => client.refreshRooms()}>
          {texts.tryAgain}
        </Button>
      </p>
    );
  }
  const wanted = filter.trim();
  const text =
    (hiddenCount > 0 && texts.rooms.more(hiddenCount)) ||
    (directory.hasMore && texts.rooms.moreUnlisted) ||
    (isEmpty && (wanted === '' ? texts.rooms.none : texts.rooms.noMatch(wanted)));
  return text === false ? null : <p className={classes['note']}>{text}</p>;
}
