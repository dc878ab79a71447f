/** The first column: find, create and open rooms; below, oneself. */
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { ColumnHeader } from '../chat/column-header.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { isFocusLost } from '../hooks/focus.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import type { Route } from '../route.ts';
import { texts } from '../texts.ts';
import { OwnAccount } from './own-account.tsx';
import { focusRoomName, RoomForm } from './room-form.tsx';
import { RoomList } from './room-list.tsx';
import { roomRows } from './room-rows.ts';

export interface RoomColumnProps {
  readonly className: string | undefined;
  readonly route: Route;
  readonly onLogOut: () => Promise<void>;
}

export function RoomColumn({ className, route, onLogOut }: RoomColumnProps) {
  const { user: self } = useChat();
  const directory = useSnapshot((snapshot) => snapshot.directory);
  const rooms = useSnapshot((snapshot) => snapshot.rooms);
  const unread = useSnapshot((snapshot) => snapshot.unread);
  const [name, setName] = useState('');
  // The list may lag behind the typing, never the other way round.
  const filter = useDeferredValue(name);
  const found = useMemo(
    () => roomRows({ directory, rooms, unread, self, filter }),
    [directory, rooms, unread, self, filter],
  );
  const title = useRef<HTMLHeadingElement>(null);
  // After the login, and out of a room.
  useEffect(() => {
    if (route.kind !== 'rooms' || !isFocusLost()) return;
    // On a touch screen the keyboard would cover the rooms.
    if (isTouchScreen()) title.current?.focus();
    else focusRoomName();
  }, [route.kind]);
  return (
    <nav className={className} aria-label={texts.rooms.title}>
      <ColumnHeader>
        <h1 ref={title} tabIndex={-1}>
          {texts.product}
        </h1>
      </ColumnHeader>
      <RoomForm name={name} onName={setName} rows={found.rows} />
      <RoomList
        directory={directory}
        found={found}
        filter={filter}
        route={route}
        onPick={() => setName('')}
      />
      <OwnAccount onLogOut={onLogOut} />
    </nav>
  );
}
