/** Direct and group conversations below the rooms: names, presence, and unread counts. */
import type { RoomId } from '@parley/client';
import { useId, useMemo } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { BotMark } from '../people/bot-mark.tsx';
import { PersonFace } from '../people/person-face.tsx';
import { type Route, roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import add from './add-link.module.css';
import { type PersonRow, peopleRows } from './people-rows.ts';
import classes from './room-list.module.css';
import type { NameFilter } from './room-rows.ts';
import { UnreadPills } from './unread-pills.tsx';

interface PeopleListProps {
  readonly route: Route;
  /** All that match the filter. */
  readonly people: readonly PersonRow[];
  /** Those that the section of unread conversations shows. */
  readonly elsewhere: ReadonlySet<RoomId>;
  readonly onNewGroup: () => void;
}

export function PeopleList({ route, people, elsewhere, onNewGroup }: PeopleListProps) {
  const rows = people.filter(({ id }) => !elsewhere.has(id));
  const current = route.kind === 'room' ? route.roomId : undefined;
  // The conversation on the screen shows its new messages itself.
  const watched = usePageVisible() ? current : undefined;
  const titleId = useId();
  return (
    <section className={classes['group']}>
      <div className={classes['title-line']}>
        <h2 id={titleId} className={classes['title']}>
          {strings.people.title}
        </h2>
        <button
          type="button"
          className={add['add']}
          aria-label={strings.groups.title}
          title={strings.groups.title}
          onClick={onNewGroup}
        >
          <Icon name="join" />
        </button>
      </div>
      {rows.length > 0 && (
        <ul className={classes['list']} aria-labelledby={titleId}>
          {rows.map((row) => (
            <li key={row.id} className={classes['item']}>
              <Link
                to={roomPath(row.id)}
                className={classes['row']}
                aria-current={row.id === current ? 'page' : undefined}
              >
                <PersonRowContent row={row} watched={watched} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface PersonRowContentProps {
  readonly row: PersonRow;
  readonly watched: RoomId | undefined;
}

export function PersonRowContent({ row, watched }: PersonRowContentProps) {
  const { id, name, person, status, unreadCount } = row;
  const isUnread = unreadCount > 0 && id !== watched;
  return (
    <>
      {person === undefined ? (
        <span className={classes['group-face']}>
          <Icon name="people" />
        </span>
      ) : (
        <PersonFace userId={person.id} name={name} status={status} />
      )}
      <span
        className={classes['name']}
        data-unread={isUnread || row.isMarkedUnread}
        data-muted={row.isMuted}
      >
        <bdi>{name}</bdi>
      </span>
      {person !== undefined && <BotMark userId={person.id} />}
      {isUnread && <UnreadPills {...row} isCall={person !== undefined} />}
      {row.isMuted && <span className="visually-hidden">{strings.rooms.muted}</span>}
      {status !== undefined && (
        <span className="visually-hidden">{strings.members.status[status]}</span>
      )}
    </>
  );
}

export function usePeopleRows(filter?: NameFilter): readonly PersonRow[] {
  const { user: self } = useChat();
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const directory = useSnapshot((snapshot) => snapshot.directory);
  const presence = useSnapshot((snapshot) => snapshot.presence);
  const rooms = useSnapshot((snapshot) => snapshot.rooms);
  const unread = useSnapshot((snapshot) => snapshot.unread);
  return useMemo(
    () => peopleRows({ conversations, directory, presence, rooms, unread, self, filter }),
    [conversations, directory, presence, rooms, unread, self, filter],
  );
}
