/** Rooms that belong to a few people: between two (direct), or in a group. Open by themselves, without joins. */
import type { UserId } from '@parley/protocol';
import type { Dialect } from '../ports/link.ts';
import type { Room } from '../ports/model.ts';

export function isConversation({ kind }: Pick<Room, 'kind'>): boolean {
  return kind === 'direct' || kind === 'group';
}

export function isDirectWith(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  id: UserId,
): boolean {
  return kind === 'direct' && nameKey.split(':').includes(id);
}

/** Whether a room of this kind is open on the connections of a dialect by itself. */
export function opensByItself({ opens }: Dialect, { kind }: Pick<Room, 'kind'>): boolean {
  if (kind !== 'direct' && kind !== 'group') return false;
  return opens === undefined || opens.includes(kind);
}

const DIRECT = 'direct:';

/** The key of the one direct room of two people, whoever of them asks. */
export function directKeyOf(one: UserId, other: UserId): string {
  return `${DIRECT}${[one, other].sort().join(':')}`;
}

/** To whom somebody speaks in a direct room; undefined in any other. */
export function recipientOf({ kind, nameKey }: Room, senderId: UserId): UserId | undefined {
  if (kind !== 'direct') return undefined;
  // Made of ids by `directKeyOf`.
  const people = nameKey.slice(DIRECT.length).split(':') as UserId[];
  return people.find((id) => id !== senderId);
}
