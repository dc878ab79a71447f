/** The first section of the column: what has unread messages, until the user leaves it. */
import type { RoomId } from '@parley/client';
import { type MouseEvent, type ReactNode, useId } from 'react';
import { useChat } from '../chat-context.ts';
import { Link } from '../components/link.tsx';
import { focusTitle } from '../hooks/focus.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { type Route, roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { PersonRowContent } from './people-list.tsx';
import type { PersonRow } from './people-rows.ts';
import classes from './room-list.module.css';
import { RoomName } from './room-name.tsx';
import type { RoomRow } from './room-rows.ts';

interface UnreadListProps {
  readonly people: readonly PersonRow[];
  readonly rooms: readonly RoomRow[];
  readonly ids: ReadonlySet<RoomId>;
  readonly route: Route;
}

export function UnreadList({ people, rooms, ids, route }: UnreadListProps) {
  const { client } = useChat();
  const titleId = useId();
  const current = route.kind === 'room' ? route.roomId : undefined;
  // The conversation on the screen shows its new messages itself.
  const watched = usePageVisible() ? current : undefined;
  if (ids.size === 0) return null;
  // If it fails, what is unread stays in the list.
  const markAll = ({ currentTarget }: MouseEvent): void => {
    focusTitle(currentTarget);
    client.markAllRead().catch(() => {});
  };
  const row = (id: RoomId, content: ReactNode) => (
    <li key={id} className={classes['item']}>
      <Link
        to={roomPath(id)}
        className={classes['row']}
        aria-current={id === current ? 'page' : undefined}
      >
        {content}
      </Link>
    </li>
  );
  return (
    <section className={classes['group']}>
      <div className={classes['title-line']}>
        <h2 id={titleId} className={classes['title']}>
          {strings.rooms.unreadTitle}
        </h2>
        <button type="button" className={classes['mark-all']} onClick={markAll}>
          {strings.rooms.markAllRead}
        </button>
      </div>
      <ul className={classes['list']} aria-labelledby={titleId}>
        {people
          .filter(({ id }) => ids.has(id))
          .map((each) => row(each.id, <PersonRowContent row={each} watched={watched} />))}
        {rooms
          .filter(({ id }) => ids.has(id))
          .map((each) => row(each.id, <RoomName row={each} isWatched={each.id === watched} />))}
      </ul>
    </section>
  );
}
