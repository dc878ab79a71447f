/** The first column: rooms and conversations of the user, and their own account at the foot. */
import type { RoomId } from '@parley/client';
import { Suspense, useEffect, useMemo, useRef } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { ColumnHeader } from '../components/column-header.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { isFocusLost } from '../hooks/focus.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { usePhoneLayout } from '../hooks/use-phone-layout.ts';
import { ServerLinks, WorkspaceSections } from '../parts.ts';
import type { Route } from '../route.ts';
import { useServer } from '../server-profile.ts';
import { strings } from '../strings/strings.ts';
import { ColumnLinks } from './column-links.tsx';
import { JoinedRooms } from './joined-rooms.tsx';
import { OwnAccount } from './own-account.tsx';
import { PeopleList, usePeopleRows } from './people-list.tsx';
import own from './room-column.module.css';
import classes from './room-list.module.css';
import { UnreadList } from './unread-list.tsx';
import { useRoomRows } from './use-room-rows.ts';
import { useUnreadSection } from './use-unread-section.ts';

interface RoomColumnProps {
  readonly className: string | undefined;
  readonly route: Route;
  readonly onLogOut: () => void;
  readonly onPalette: () => void;
  readonly onNewMessage: () => void;
  readonly onSettings: () => void;
  readonly onNewGroup: () => void;
}

const NONE: ReadonlySet<RoomId> = new Set();

export function RoomColumn(props: RoomColumnProps) {
  const { className, route, onLogOut, onPalette, onNewMessage, onSettings, onNewGroup } = props;
  const found = useRoomRows();
  const rooms = useMemo(
    () => found.rows.filter(({ isJoined, workspaceId }) => isJoined && workspaceId === undefined),
    [found],
  );
  const channels = useMemo(
    () => found.rows.filter(({ workspaceId }) => workspaceId !== undefined),
    [found],
  );
  const server = useServer();
  const people = usePeopleRows();
  const current = route.kind === 'room' ? route.roomId : undefined;
  const unread = useUnreadSection([...people, ...rooms, ...channels], current);
  // A tab of the phone; a wider page has space for everything.
  const hasOnlyPeople = usePhoneLayout() && route.kind === 'people';
  const isWelcomed = useSnapshot(({ user }) => user !== undefined);
  const title = useRef<HTMLHeadingElement>(null);
  // On a phone the column is the home page: after the login, and after leaving a room.
  useEffect(() => {
    if (route.kind === 'rooms' && isTouchScreen() && isFocusLost()) title.current?.focus();
  }, [route.kind]);
  return (
    <nav className={className} aria-label={strings.rooms.title} data-region="">
      <ColumnHeader>
        <img className={classes['mark']} src={server.mark} alt="" width="24" height="24" />
        <h1 ref={title} tabIndex={-1}>
          <bdi>{server.shownName}</bdi>
        </h1>
        <IconButton icon="compose" name={strings.people.newMessage} onClick={onNewMessage} />
      </ColumnHeader>
      <button
        type="button"
        className={own['jump']}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={onPalette}
      >
        <Icon name="search" />
        <span>{strings.palette.open}</span>
        <kbd>{isApple() ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <div className={classes['scroll']}>
        {hasOnlyPeople ? (
          <PeopleList {...{ route, people, onNewGroup }} elsewhere={NONE} />
        ) : (
          <>
            <ColumnLinks route={route} />
            <UnreadList
              people={people}
              rooms={[...rooms, ...channels]}
              ids={unread}
              route={route}
            />
            <JoinedRooms rooms={rooms} route={route} elsewhere={unread} />
            <Suspense>
              <WorkspaceSections channels={channels} route={route} elsewhere={unread} />
            </Suspense>
            <PeopleList {...{ route, people, onNewGroup }} elsewhere={unread} />
          </>
        )}
        {hasOnlyPeople && isWelcomed && people.length === 0 && (
          <p className={classes['note']}>{strings.people.none}</p>
        )}
      </div>
      <Suspense>
        <ServerLinks route={route} />
      </Suspense>
      <OwnAccount onLogOut={onLogOut} onSettings={onSettings} />
    </nav>
  );
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
