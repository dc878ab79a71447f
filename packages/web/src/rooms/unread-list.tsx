/** The first section of the column: what has unread messages, until the user leaves it. */
import type { RoomId } from '@parley/client';
import { type ReactNode, useId } from 'react';
import { Link } from '../components/link.tsx';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { PersonRowContent } from '../people/people-list.tsx';
import type { PersonRow } from '../people/people-rows.ts';
import { type Route, roomPath } from '../route.ts';
import { strings } from '../strings.ts';
import classes from './room-list.module.css';
import { RoomName } from './room-name.tsx';
import type { RoomRow } from './room-rows.ts';

export interface UnreadListProps {
  readonly people: readonly PersonRow[];
  readonly rooms: readonly RoomRow[];
  readonly ids: ReadonlySet<RoomId>;
  readonly route: Route;
}

export function UnreadList({ people, rooms, ids, route }: UnreadListProps) {
  const titleId = useId();
  const current = route.kind === 'room' ? route.roomId : undefined;
  // The conversation on the screen shows its new messages itself.
  const watched = usePageVisible() ? current : undefined;
  if (ids.size === 0) return null;
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
      <h2 id={titleId} className={classes['title']}>
        {strings.rooms.unreadTitle}
      </h2>
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
