/** Rooms that belong to a few people: between two (direct), or in a group. Open by themselves, without joins. */
import type { Room } from '../ports/model.ts';

export function isConversation({ kind }: Pick<Room, 'kind'>): boolean {
  return kind === 'direct' || kind === 'group';
}
