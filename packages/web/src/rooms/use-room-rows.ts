/** The rows of rooms and channels, from the state of the client. */
import { useMemo } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { type NameFilter, type RoomRows, roomRows } from './room-rows.ts';

/** Rooms and channels that the filter selects. */
export function useRoomRows(filter?: NameFilter): RoomRows {
  const { user: self } = useChat();
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const directory = useSnapshot((snapshot) => snapshot.directory);
  const rooms = useSnapshot((snapshot) => snapshot.rooms);
  const unread = useSnapshot((snapshot) => snapshot.unread);
  // Not deferred: Enter must select what is marked on the screen.
  return useMemo(
    () => roomRows({ conversations, directory, rooms, unread, self, filter }),
    [conversations, directory, rooms, unread, self, filter],
  );
}
