/** What a room is called for one of its people: its name, or the names of the others. */
import { LIMITS, type UserId } from '@parley/protocol';
import type { Room } from '../ports/model.ts';
import { isConversation } from './conversation.ts';
import type { Parts } from './parts.ts';

export async function titleOf(
  { store }: Pick<Parts, 'store'>,
  userId: UserId,
  room: Room,
): Promise<string> {
  if (room.name !== '' || !isConversation(room)) return room.name;
  const page = { after: undefined, limit: LIMITS.groupMembersMax };
  const members = await store.rooms.listMembers(room.id, page);
  const others = members.filter(({ user }) => user.id !== userId);
  return others.map(({ user }) => user.displayName).join(', ');
}
