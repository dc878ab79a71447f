/** Rooms that belong to a few people: between two (direct), or in a group. Open by themselves, without joins. */

import type { RoomId, UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';
import type { Crypto } from '../../ports/crypto.ts';

export function isDirectOrGroup({ kind }: Pick<Room, 'kind'>): boolean {
  return kind === 'direct' || kind === 'group';
}

export function isDirectWith(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  id: UserId,
): boolean {
  return kind === 'direct' && nameKey.split(':').includes(id);
}

/** Whether a room of this kind is open on the connections of a dialect by itself. */
export function isAutoSubscribed({ opens }: EventEncoder, { kind }: Pick<Room, 'kind'>): boolean {
  if (kind !== 'direct' && kind !== 'group') return false;
  return opens === undefined || opens.includes(kind);
}

const DIRECT = 'direct:';

/** The key of the one direct room of two people, whoever of them asks. */
export function directKeyOf(one: UserId, other: UserId): string {
  return `${DIRECT}${[one, other].sort().join(':')}`;
}

/**
 * The id of a direct room, made of its key: it can be named before the room is there.
 * One that was made by an earlier version has another; who looks for a room goes by the key.
 */
export function directRoomIdOf({ digest }: Pick<Crypto, 'digest'>, nameKey: string): RoomId {
  const hex = digest(nameKey);
  // A UUID of version 8: its bits, but for version and variant, are its maker's (RFC 9562 section 5.8).
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(12, 15)}`,
    `8${hex.slice(15, 18)}`,
  ];
  return [...parts, hex.slice(18, 30)].join('-') as RoomId; // Made here, so it is one.
}

/** To whom somebody speaks in a direct room; undefined in any other. */
export function recipientOf(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  senderId: UserId,
): UserId | undefined {
  if (kind !== 'direct') return undefined;
  // Made of ids by `directKeyOf`.
  const people = nameKey.slice(DIRECT.length).split(':') as UserId[];
  return people.find((id) => id !== senderId);
}
