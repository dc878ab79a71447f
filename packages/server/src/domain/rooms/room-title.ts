/** How a room appears to its members: under its name, or as its other members. */

import { LIMITS, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { RoomMember } from '../../model/room-member.ts';
import type { Store } from '../../ports/store.ts';
import { isDirectOrGroup } from '../direct/room-kinds.ts';
import { type Presence, withoutPresence } from '../presence/presence.ts';

export interface RoomTitleDependencies {
  readonly store: Pick<Store, 'accounts' | 'rooms'>;
  readonly presence: Pick<Presence, 'members'>;
}

export interface RoomTitle {
  /** The room's name; for a direct or group room without a name, the names of the other members. */
  readonly title: string;
  /** The other user of a direct room, with their presence. */
  readonly person: Member | undefined;
}

export async function findRoomTitle(
  { store, presence }: RoomTitleDependencies,
  userId: UserId,
  room: Room,
): Promise<RoomTitle> {
  if (room.name !== '' || !isDirectOrGroup(room)) return { title: room.name, person: undefined };
  const page = { after: undefined, limit: LIMITS.groupMembersMax };
  const members = await store.rooms.listMembers(room.id, page);
  const others = members.filter(({ user }) => user.id !== userId);
  const title = others.map(({ user }) => user.displayName).join(', ');
  const [other] = room.kind === 'direct' ? others : [];
  if (other === undefined) return { title, person: undefined };
  const [present] = presence.members([other.user.id]);
  const person = present ?? toAbsent(other);
  const isHidden = await store.accounts.isBlockedBetween(userId, other.user.id);
  return { title, person: isHidden ? withoutPresence(person) : person };
}

function toAbsent({ user, lastSeenAtMs }: RoomMember): Member {
  const { id: userId, username } = user;
  return { userId, username, status: 'offline', lastSeenAtMs, statusText: undefined };
}
