/** The first column: find, create and open rooms and people; the user's own account at the foot. */
import type { RoomId } from '@parley/client';
import { useEffect, useRef } from 'react';
import { ColumnHeader } from '../chat/column-header.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { useSnapshot } from '../hooks/chat-context.ts';
import { isFocusLost } from '../hooks/focus.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { PeopleList, usePeopleRows } from '../people/people-list.tsx';
import type { Route } from '../route.ts';
import { strings } from '../strings.ts';
import { OwnAccount } from './own-account.tsx';
import { focusRoomName, RoomForm } from './room-form.tsx';
import classes from './room-list.module.css';
import { RoomList } from './room-list.tsx';
import { UnreadList } from './unread-list.tsx';
import { useRoomFinder } from './use-room-finder.ts';
import { useUnreadSection } from './use-unread-section.ts';

export interface RoomColumnProps {
  readonly className: string | undefined;
  readonly route: Route;
  readonly onLogOut: () => Promise<void>;
  readonly onPalette: () => void;
  readonly onSettings: () => void;
}

const NONE: ReadonlySet<RoomId> = new Set();

export function RoomColumn(props: RoomColumnProps) {
  const { className, route, onLogOut, onPalette, onSettings } = props;
  const directory = useSnapshot((snapshot) => snapshot.directory);
  const finder = useRoomFinder(route.kind === 'room' ? route.panel : undefined);
  const people = usePeopleRows(finder.name);
  const current = route.kind === 'room' ? route.roomId : undefined;
  const section = useUnreadSection([...people, ...finder.found.rows], current);
  // While the box has choices, they stand in one list.
  const unread = finder.marked === undefined ? section : NONE;
  const title = useRef<HTMLHeadingElement>(null);
  // After the login, and after leaving a room.
  useEffect(() => {
    if (route.kind !== 'rooms' || !isFocusLost()) return;
    // On a touch screen the keyboard would cover the rooms.
    if (isTouchScreen()) title.current?.focus();
    else focusRoomName();
  }, [route.kind]);
  return (
    <nav className={className} aria-label={strings.rooms.title} data-region="">
      <ColumnHeader>
        <img className={classes['mark']} src="/icon.svg" alt="" width="24" height="24" />
        <h1 ref={title} tabIndex={-1}>
          {strings.product}
        </h1>
        <IconButton icon="search" name={strings.palette.open} onClick={onPalette} />
      </ColumnHeader>
      <RoomForm finder={finder} />
      <div className={classes['scroll']}>
        <UnreadList people={people} rooms={finder.found.rows} ids={unread} route={route} />
        <RoomList directory={directory} finder={finder} route={route} elsewhere={unread} />
        <PeopleList route={route} people={people} elsewhere={unread} />
      </div>
      <OwnAccount onLogOut={onLogOut} onSettings={onSettings} />
    </nav>
  );
}
