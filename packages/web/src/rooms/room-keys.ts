/** Finds rooms by what is written after `#`. Pure. */
import { type RoomId, type RoomListEntry, roomKey } from '@parley/client';

type Rooms = readonly RoomListEntry[];

/** By their keys; the list changes as a whole. */
const INDEXES = new WeakMap<Rooms, ReadonlyMap<string, RoomId>>();

/** The listed room or channel of this key; of several the first room, else the first channel. */
export function roomNamed(rooms: Rooms, key: string): RoomId | undefined {
  let index = INDEXES.get(rooms);
  if (index === undefined) {
    const entries = [...linkedRooms(rooms)].sort(
      (a, b) => Number(b.kind === 'room') - Number(a.kind === 'room'),
    );
    // Of equal keys a map keeps the last.
    index = new Map(entries.toReversed().map(({ id, name }) => [roomKey(name), id]));
    INDEXES.set(rooms, index);
  }
  return index.get(key);
}

/** Conversations with people have no name that a link could have. */
export function linkedRooms(rooms: Rooms): Rooms {
  return rooms.filter(({ kind }) => kind === 'room' || kind === 'channel');
}
