import type { UserId } from '@parley/protocol';
import type { ListedRoom } from '../../model/listed-room.ts';
import { MEMBERSHIP_CHANGES_MAX } from '../../model/membership-change.ts';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import { type Room, type RoomRole, TEMPORARY_PREFIX } from '../../model/room.ts';
import { toRoomRole } from '../../model/stored-role.ts';
import type { WorkspaceRole } from '../../model/workspace-policy.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { withNameShared } from './accounts.ts';
import { headOf } from './log.ts';
import { headOrdinalOf, headSequenceOf, ordinalAt } from './log-index.ts';
import type { StoredRoom, Tables } from './tables.ts';
import { beginReading, membershipOf, noteReadStep } from './unread.ts';

export function memoryRoomStore(tables: Tables): RoomStore {
  const { rooms, accountsById } = tables;
  const byKey = (workspaceId: string, nameKey: string): StoredRoom | undefined =>
    [...rooms.values()].find(
      ({ room }) => room.workspaceId === workspaceId && room.nameKey === nameKey,
    );
  const listed = (stored: StoredRoom, userId: UserId): ListedRoom => ({
    room: stored.room,
    head: headOf(tables, stored),
    membership: membershipOf(stored, userId),
    workspaceRole: workspaceRoleOf(tables, stored, userId),
  });
  const roomsOf = (userId: UserId): StoredRoom[] =>
    [...rooms.values()]
      .filter(({ members }) => members.has(userId))
      .sort((a, b) => b.lastEventAtMs - a.lastEventAtMs || (a.room.id < b.room.id ? -1 : 1));
  const isBehind =
    ({ atMs, id }: TimeCursor) =>
    ({ lastEventAtMs, room }: StoredRoom): boolean =>
      lastEventAtMs < atMs || (lastEventAtMs === atMs && room.id > id);
  const store: RoomStore = {
    async findRoom(reference, userId) {
      const stored =
        reference.kind === 'id'
          ? rooms.get(reference.id)
          : byKey(reference.workspaceId, reference.nameKey);
      if (stored === undefined) return undefined;
      const { room, members, banned } = stored;
      return {
        room,
        role: members.get(userId)?.role,
        isBanned: banned.has(userId),
        workspaceRole: workspaceRoleOf(tables, stored, userId),
      };
    },
    async createRoom(room, members, nowMs) {
      return createRoom(tables, { room, members, nowMs });
    },
    async addMember(roomId, userId, nowMs, actorId = userId) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return 'no-room';
      if (stored.banned.has(userId)) return 'banned';
      const isForeign = workspaceRoleOf(tables, stored, userId) === undefined;
      if (stored.room.kind === 'channel' && isForeign) return 'foreign';
      if (stored.members.has(userId)) return { kind: 'member', notedAfter: undefined };
      const { sequence, ordinal } = headOf(tables, stored);
      const read = { sequence, ordinal };
      const begin = { joinedAtMs: nowMs, read, ...beginReading(nowMs) };
      stored.members.set(userId, { role: 'member', ...begin });
      if (stored.room.kind === 'direct') return { kind: 'member', notedAfter: undefined };
      const change = { roomId, userId, kind: 'joined', actorId, afterSequence: sequence } as const;
      stored.membershipChanges.push({ ...change, createdAtMs: nowMs });
      return { kind: 'member', notedAfter: sequence };
    },
    async listMembershipChanges({ roomId, from, to = Number.POSITIVE_INFINITY }) {
      return (rooms.get(roomId)?.membershipChanges ?? [])
        .filter(({ afterSequence }) => afterSequence >= from && afterSequence <= to)
        .slice(-MEMBERSHIP_CHANGES_MAX)
        .flatMap((change) => {
          const account = accountsById.get(change.userId);
          return account ? { ...change, username: account.user.username } : [];
        });
    },
    async setTopic(roomId, topic) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return false;
      const { topic: _, ...room } = stored.room;
      stored.room = topic === '' ? room : { ...room, topic };
      return true;
    },
    async liftBan(roomId, userId) {
      return rooms.get(roomId)?.banned.delete(userId) === true;
    },
    async listMembers(roomId, { after, limit }) {
      return [...(rooms.get(roomId)?.members ?? [])]
        .filter(([userId]) => userId > (after ?? ''))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .flatMap(([userId, { role }]) => {
          const account = accountsById.get(userId);
          if (account === undefined) return [];
          return [
            { user: withNameShared(tables, account), role, lastSeenAtMs: account.lastSeenAtMs },
          ];
        });
    },
    async listMembersOf(roomIds, limit) {
      const page = { after: undefined, limit };
      const members = roomIds.map(async (id) => [id, await store.listMembers(id, page)] as const);
      return new Map(await Promise.all(members));
    },
    async listMemberships(userId, limit) {
      const entries = roomsOf(userId).map(({ room }) => ({ roomId: room.id, kind: room.kind }));
      return entries.slice(0, limit);
    },
    async listRoomIdsOf(userIds, limit) {
      const idsOf = (userId: UserId) => roomsOf(userId).map(({ room }) => room.id);
      return new Map(userIds.map((userId) => [userId, idsOf(userId).slice(0, limit)]));
    },
    async listGroupsCreatedBy(userId, creatorId, limit) {
      return roomsOf(userId)
        .filter(({ room, creatorId: id }) => room.kind === 'group' && id === creatorId)
        .slice(0, limit)
        .map(({ room }) => room.id);
    },
    async listVisibleRooms(userId, { after, limit }) {
      const visible = [...rooms.values()]
        .filter(({ room }) => room.id > (after ?? ''))
        .filter((stored) => isVisible(tables, stored, userId))
        .sort((a, b) => (a.room.id < b.room.id ? -1 : 1));
      return {
        rooms: visible.slice(0, limit).map((stored) => listed(stored, userId)),
        hasMore: visible.length > limit,
      };
    },
    async listRoomsOf(userId, limit, after = LIST_START) {
      return roomsOf(userId)
        .filter(isBehind(after))
        .slice(0, limit)
        .map((stored) => listed(stored, userId));
    },
    async listConversationsOf(userId, limit, after = LIST_START) {
      return roomsOf(userId)
        .filter(isBehind(after))
        .filter(({ room }) => room.kind === 'direct' || room.kind === 'group')
        .slice(0, limit)
        .map((stored) => listed(stored, userId));
    },
    async markRead(roomId, userId, { sequence, atMs }) {
      const stored = rooms.get(roomId);
      const membership = stored?.members.get(userId);
      if (stored === undefined || membership === undefined) return undefined;
      membership.isMarkedUnread = false;
      const mark = Math.min(sequence, headSequenceOf(stored));
      const hasMoved = mark > membership.read.sequence;
      if (hasMoved) {
        const ordinal = ordinalAt(stored, mark);
        if (ordinal > membership.read.ordinal) {
          noteReadStep(stored, membership, { sequence: mark, readAtMs: atMs });
        }
        membership.read = { sequence: mark, ordinal };
        membership.readAtMs = atMs;
      }
      const { read: position, readAtMs } = membership;
      const messageId = stored.messageIds[position.ordinal - stored.prunedOrdinal - 1];
      return { position, messageId, hasMoved, readAtMs };
    },
    async listReaders(roomId, sequence, limit) {
      return [...(rooms.get(roomId)?.members ?? [])]
        .map(([userId, { read, readAtMs }]) => ({ userId, sequence: read.sequence, readAtMs }))
        .filter((reader) => reader.sequence >= sequence)
        .sort((a, b) => b.sequence - a.sequence || (a.userId < b.userId ? -1 : 1))
        .slice(0, limit);
    },
    async listReadSteps(roomId, { from, limit }) {
      const members = [...(rooms.get(roomId)?.members ?? [])];
      members.sort(([a], [b]) => (a < b ? -1 : 1));
      return members.flatMap(([userId, { read, readAtMs, readSteps }]) => {
        const steps = readSteps.filter(({ sequence }) => sequence >= from).slice(0, limit);
        const last = steps.at(-1)?.sequence ?? from - 1;
        const now = read.sequence > last ? [{ sequence: read.sequence, readAtMs }] : [];
        return [...steps, ...now].map((step) => ({ userId, ...step }));
      });
    },
    async listFirstReads(points) {
      const reads = points.map(async ({ roomId, sequence: from }) => {
        const steps = await store.listReadSteps(roomId, { from, limit: 1 });
        const firsts = new Map(steps.toReversed().map((reader) => [reader.userId, reader]));
        return [roomId, [...firsts.values()]] as const;
      });
      return new Map(await Promise.all(reads));
    },
    async markUnread(roomId, userId) {
      const membership = rooms.get(roomId)?.members.get(userId);
      if (membership !== undefined) membership.isMarkedUnread = true;
      return membership !== undefined;
    },
    async setNotificationLevel(roomId, userId, level) {
      const membership = rooms.get(roomId)?.members.get(userId);
      if (membership !== undefined) membership.notificationLevel = level;
      return membership !== undefined;
    },
    async readUnread(roomId, userIds) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return { headSequence: 0, members: [] };
      const members = userIds.flatMap((userId) => {
        const membership = membershipOf(stored, userId);
        return membership === undefined ? [] : [{ userId, unread: membership.unread }];
      });
      return { headSequence: headSequenceOf(stored), members };
    },
    async listUnusedRooms() {
      const unused = [...rooms.values()]
        .filter((stored) => isUnused(stored) || isTemporary(stored))
        .map(({ room }) => room);
      return { rooms: unused, next: undefined };
    },
    async deleteUnusedRoom(roomId) {
      const stored = rooms.get(roomId);
      return stored !== undefined && isUnused(stored) && rooms.delete(roomId);
    },
    async deleteRoom(roomId, rowsMax) {
      const stored = rooms.get(roomId);
      const keys = [...(stored?.sendKeys.keys() ?? [])].slice(0, rowsMax);
      for (const key of keys) stored?.sendKeys.delete(key);
      if (keys.length === rowsMax) return false;
      rooms.delete(roomId);
      return true;
    },
  };
  return store;
}

export function workspaceRoleOf(
  { workspaces }: Tables,
  { room }: StoredRoom,
  userId: UserId,
): WorkspaceRole | undefined {
  return workspaces.get(room.workspaceId)?.members.get(userId);
}

function isVisible(tables: Tables, stored: StoredRoom, userId: UserId): boolean {
  const { room, members, archivedAtMs } = stored;
  if (room.visibility === 'public' || members.has(userId)) return true;
  const isOfWorkspace = workspaceRoleOf(tables, stored, userId) !== undefined;
  return room.kind === 'channel' && archivedAtMs === undefined && isOfWorkspace;
}

function isTemporary({ room }: StoredRoom): boolean {
  return room.kind === 'room' && room.nameKey.startsWith(TEMPORARY_PREFIX);
}

function isUnused(stored: StoredRoom): boolean {
  return stored.room.kind === 'room' && headOrdinalOf(stored) === 0;
}

export function createRoom(
  tables: Tables,
  creation: {
    readonly room: Room;
    readonly members: readonly { readonly userId: UserId; readonly role: RoomRole }[];
    readonly nowMs: number;
  },
): Room {
  const { room, members, nowMs } = creation;
  const existing = [...tables.rooms.values()].find(
    (stored) =>
      stored.room.workspaceId === room.workspaceId && stored.room.nameKey === room.nameKey,
  );
  if (existing !== undefined) return existing.room;
  const read = { sequence: 0, ordinal: 0 };
  const begin = { joinedAtMs: nowMs, read, ...beginReading(nowMs) };
  tables.rooms.set(room.id, {
    room,
    creatorId: members[0]?.userId,
    archivedAtMs: undefined,
    logId: tables.newLogId(),
    firstSequence: 1,
    prunedOrdinal: 0,
    entries: [],
    messageIds: [],
    messages: new Map(),
    lastEventAtMs: room.createdAtMs,
    members: new Map(
      members.map(({ userId, role }) => [userId, { role: toRoomRole(role), ...begin }]),
    ),
    banned: new Set(),
    membershipChanges: [],
    sendKeys: new Map(),
    mentions: new Map(),
  });
  return room;
}
