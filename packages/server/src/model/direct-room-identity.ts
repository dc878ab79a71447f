/** The key and the id of the direct room of two users, and the users in its key. */

import type { RoomId, UserId } from '@parley/protocol';
import { derivedId } from './derived-id.ts';
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
  secrets: { readonly digest: (text: string) => string },
  nameKey: string,
): RoomId {
  return derivedId<RoomId>(secrets, nameKey);
}

/** The other user of a direct room; undefined for other rooms. */
export function recipientOf(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  senderId: UserId,
): UserId | undefined {
  if (kind !== 'direct') return undefined;
  // Created from ids by `directKeyOf`.
  const people = nameKey.slice(DIRECT.length).split(':') as UserId[];
  // Others learn nothing of the two, as of a room that does not exist.
  return people.includes(senderId) ? people.find((id) => id !== senderId) : undefined;
}
