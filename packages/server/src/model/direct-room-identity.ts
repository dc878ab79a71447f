/** The key and the id of the direct room of two users, and the users in its key. */

import type { RoomId, UserId } from '@parley/protocol';
import type { Room } from './room.ts';

export function isDirectWith(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  id: UserId,
): boolean {
  return kind === 'direct' && nameKey.split(':').includes(id);
}

const DIRECT = 'direct:';

/** The key of the direct room of two users, the same for both. */
export function directKeyOf(one: UserId, other: UserId): string {
  return `${DIRECT}${[one, other].sort().join(':')}`;
}

/**
 * The id of a direct room, derived from its key, so that it is known before the room exists.
 */
export function directRoomIdOf(
  { digest }: { readonly digest: (text: string) => string },
  nameKey: string,
): RoomId {
  const hex = digest(nameKey);
  // A version 8 UUID: all bits except version and variant are free (RFC 9562 section 5.8).
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(12, 15)}`,
    `8${hex.slice(15, 18)}`,
  ];
  return [...parts, hex.slice(18, 30)].join('-') as RoomId; // Generated here: the cast is safe.
}

/** The other user of a direct room; undefined for other rooms. */
export function recipientOf(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  senderId: UserId,
): UserId | undefined {
  if (kind !== 'direct') return undefined;
  // Created from ids by `directKeyOf`.
  const people = nameKey.slice(DIRECT.length).split(':') as UserId[];
  return people.find((id) => id !== senderId);
}
