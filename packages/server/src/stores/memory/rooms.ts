import { randomBytes } from 'node:crypto';
import type { UserId } from '@parley/protocol';
import type { ListedRoom } from '../../ports/model.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { headOf } from './log.ts';
import type { StoredRoom, Tables } from './tables.ts';

export function memoryRoomStore(tables: Tables): RoomStore {
  const { rooms } = tables;
  const byKey = (workspaceId: string, nameKey: string): StoredRoom | undefined =>
    [...rooms.values()].find(
      ({ room }) => room.workspaceId === workspaceId && room.nameKey === nameKey,
    );
  const listed = (stored: StoredRoom, userId: UserId): ListedRoom => ({
    room: stored.room,
    head: headOf(tables, stored),
    read: stored.readPositions.get(userId),
  });
  return {
    async findRoom(reference, userId) {
      const stored =
        reference.kind === 'id'
          ? rooms.get(reference.id)
          : byKey(reference.workspaceId, reference.nameKey);
      return stored && { room: stored.room, isMember: stored.readPositions.has(userId) };
    },
    async createRoom(room, ownerId) {
      const there = byKey(room.workspaceId, room.nameKey);
      if (there !== undefined) return there.room;
      rooms.set(room.id, {
        room,
        logId: randomBytes(6).toString('hex'),
        messages: [],
        lastEventAtMs: room.createdAtMs,
        readPositions: new Map([[ownerId, { sequence: 0, ordinal: 0 }]]),
        sendKeys: new Map(),
      });
      return room;
    },
    async addMember(roomId, userId) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return false;
      const { sequence, ordinal } = headOf(tables, stored);
      if (!stored.readPositions.has(userId)) {
        stored.readPositions.set(userId, { sequence, ordinal });
      }
      return true;
    },
    async listVisibleRooms(userId, { after, limit }) {
      const visible = [...rooms.values()]
        .filter(({ room }) => room.id > (after ?? ''))
        .filter(
          ({ room, readPositions }) => room.visibility === 'public' || readPositions.has(userId),
        )
        .sort((a, b) => (a.room.id < b.room.id ? -1 : 1));
      return {
        rooms: visible.slice(0, limit).map((stored) => listed(stored, userId)),
        hasMore: visible.length > limit,
      };
    },
    async listRoomsOf(userId, limit) {
      return [...rooms.values()]
        .filter(({ readPositions }) => readPositions.has(userId))
        .sort((a, b) => b.lastEventAtMs - a.lastEventAtMs || (a.room.id < b.room.id ? -1 : 1))
        .slice(0, limit)
        .map((stored) => listed(stored, userId));
    },
    async markRead(roomId, userId, { sequence }) {
      const stored = rooms.get(roomId);
      const read = stored?.readPositions.get(userId);
      if (stored === undefined || read === undefined) return undefined;
      const mark = Math.min(sequence, stored.messages.length);
      if (mark <= read.sequence) return read;
      const moved = { sequence: mark, ordinal: mark };
      stored.readPositions.set(userId, moved);
      return moved;
    },
    async listUnusedRooms() {
      return [...rooms.values()].filter(isUnused).map(({ room }) => room);
    },
    async deleteUnusedRoom(roomId) {
      const stored = rooms.get(roomId);
      return stored !== undefined && isUnused(stored) && rooms.delete(roomId);
    },
    async deleteRoom(roomId) {
      rooms.delete(roomId);
    },
  };
}

function isUnused({ room, messages }: StoredRoom): boolean {
  return room.kind === 'room' && messages.length === 0;
}
