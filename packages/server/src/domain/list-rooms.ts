/** The rooms that a person may see, and those of their memberships. */
import { LIMITS, type RoomId, type UserId } from '@parley/protocol';
import type { ListedRoom } from '../ports/model.ts';
import type { Parts } from './parts.ts';

/** A room in a list, with what only the nodes can tell. */
export interface RoomSummary extends ListedRoom {
  readonly memberCount: number;
}

/** Rooms that the welcome names; of more memberships the latest active ones. */
const OWN_ROOMS_MAX = 200;

export async function listRooms(
  parts: Parts,
  userId: UserId,
  page: { readonly after: RoomId | undefined; readonly limit: number | undefined },
): Promise<{ readonly rooms: readonly RoomSummary[]; readonly hasMore: boolean }> {
  const limit = page.limit ?? LIMITS.roomsPageDefault;
  const { rooms, hasMore } = await parts.store.rooms.listVisibleRooms(userId, {
    after: page.after,
    limit,
  });
  return { rooms: rooms.map((room) => toSummary(parts, room)), hasMore };
}

export async function listOwnRooms(parts: Parts, userId: UserId): Promise<readonly RoomSummary[]> {
  const rooms = await parts.store.rooms.listRoomsOf(userId, OWN_ROOMS_MAX);
  return rooms.map((room) => toSummary(parts, room));
}

function toSummary({ streams }: Parts, listed: ListedRoom): RoomSummary {
  return { ...listed, memberCount: streams.memberCount(listed.room.id) };
}
