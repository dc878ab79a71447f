/** The first column: find, create and open rooms; below, oneself. */
import { useDeferredValue, useMemo, useState } from 'react';
import { ColumnHeader } from '../chat/column-header.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import type { Route } from '../route.ts';
import { texts } from '../texts.ts';
import { OwnAccount } from './own-account.tsx';
import { RoomForm } from './room-form.tsx';
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
  return (
    <nav className={className} aria-label={texts.rooms.title}>
      <ColumnHeader>
        <h1>{texts.product}</h1>
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
