/** Rooms that belong to a few people: between two (direct), or in a group. Open by themselves, without joins. */
import type { UserId } from '@parley/protocol';
import type { Room } from '../ports/model.ts';

export function isConversation({ kind }: Pick<Room, 'kind'>): boolean {
  return kind === 'direct' || kind === 'group';
}

/** The key of the one room of two people: whoever writes first, it is the same. */
export function directKeyOf(one: UserId, other: UserId): string {
  return `direct:${[one, other].sort().join(':')}`;
}

export function isDirectWith(
  { kind, nameKey }: Pick<Room, 'kind' | 'nameKey'>,
  id: UserId,
): boolean {
  return kind === 'direct' && nameKey.split(':').includes(id);
}
