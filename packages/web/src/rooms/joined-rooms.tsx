/** The rooms of the user in the first column, and the link to all others. */
import type { RoomId } from '@parley/client';
import { useId } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { BROWSE_PATH, type Route, roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import own from './add-link.module.css';
import classes from './room-list.module.css';
import { RoomName } from './room-name.tsx';
import type { RoomRow } from './room-rows.ts';

interface JoinedRoomsProps {
  readonly rooms: readonly RoomRow[];
  readonly route: Route;
  /** Rooms that the section of unread conversations shows. */
  readonly elsewhere: ReadonlySet<RoomId>;
}

export function JoinedRooms({ rooms, route, elsewhere }: JoinedRoomsProps) {
  const { client } = useChat();
  const status = useSnapshot(({ directory }) => directory.status);
  const titleId = useId();
  const current = route.kind === 'room' ? route.roomId : undefined;
  // The conversation on the screen shows its new messages itself.
  const watched = usePageVisible() ? current : undefined;
  const panel = route.kind === 'room' && route.panel === 'members' ? route.panel : undefined;
  const rows = rooms.filter(({ id }) => !elsewhere.has(id));
  return (
    <section className={classes['group']}>
      <div className={classes['title-line']}>
        <h2 id={titleId} className={classes['title']}>
          {strings.rooms.title}
        </h2>
        <Link
          to={BROWSE_PATH}
          className={own['add']}
          aria-label={strings.rooms.choose}
          title={strings.rooms.choose}
        >
          <Icon name="join" />
        </Link>
      </div>
      {status === 'loading' && rooms.length === 0 && (
        <Skeleton name={strings.rooms.loading} shape="rooms" />
      )}
      {rows.length > 0 && (
        <ul className={classes['list']} aria-labelledby={titleId}>
          {rows.map((row) => (
            <li key={row.id} className={classes['item']}>
              <Link
                to={roomPath(row.id, panel)}
                className={classes['row']}
                aria-current={row.id === current ? 'page' : undefined}
              >
                <RoomName row={row} isWatched={row.id === watched} />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {status === 'failed' && (
        <p className={classes['note']}>
          {strings.rooms.failed}
          <Button kind="quiet" onClick={() => client.refreshRooms()}>
            {strings.tryAgain}
          </Button>
        </p>
      )}
      {status === 'ready' && rooms.length === 0 && (
        <p className={classes['note']}>{strings.rooms.noneJoined}</p>
      )}
    </section>
  );
}
