import type { UserId, WorkspaceId } from '@parley/protocol';
import { judgeMemberChange } from '../../ports/workspace-roles.ts';
import type { Channel, StrayMembership, WorkspaceStore } from '../../ports/workspace-store.ts';
import { headOf } from './log.ts';
import type { StoredRoom, Tables } from './tables.ts';
import { membershipOf } from './unread.ts';

export function memoryWorkspaceStore(tables: Tables): WorkspaceStore {
  const { workspaces, rooms, accountsById } = tables;
  const toChannel = (stored: StoredRoom, userId: UserId): Channel => ({
    room: stored.room,
    head: headOf(tables, stored),
    membership: membershipOf(stored, userId),
    archivedAtMs: stored.archivedAtMs,
  });
  const channelsOf = (id: WorkspaceId): StoredRoom[] =>
    [...rooms.values()]
      .filter(({ room }) => room.workspaceId === id && room.kind === 'channel')
      .sort((a, b) => (a.room.id < b.room.id ? -1 : 1));
  return {
    async createWorkspace(workspace, ownerId) {
      workspaces.set(workspace.id, { workspace, members: new Map([[ownerId, 'owner']]) });
    },
    async findWorkspace(id, userId) {
      const stored = workspaces.get(id);
      return stored && { workspace: stored.workspace, role: stored.members.get(userId) };
    },
    async listWorkspacesOf(userId, limit) {
      return [...workspaces.values()]
        .flatMap(({ workspace, members }) => {
          const role = members.get(userId);
          return role === undefined ? [] : [{ workspace, role }];
        })
        .sort((a, b) => (a.workspace.id < b.workspace.id ? -1 : 1))
        .slice(0, limit);
    },
    async listWorkspaceMembers(id, { after, limit }) {
      return [...(workspaces.get(id)?.members ?? [])]
        .filter(([userId]) => userId > (after ?? ''))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .flatMap(([userId, role]) => {
          const user = accountsById.get(userId)?.user;
          return user === undefined ? [] : [{ user, role }];
        });
    },
    async changeWorkspaceMember({ workspaceId, actorId, subjectId, role: to }) {
      const actor = accountsById.get(actorId)?.user;
      const members = workspaces.get(workspaceId)?.members;
      if (actor === undefined || members === undefined) return 'unknown';
      const verdict = judgeMemberChange({
        actor: { role: actor.role, workspaceRole: members.get(actorId) },
        from: members.get(subjectId),
        to,
        isOwnLeave: actorId === subjectId && to === undefined,
        ownerCount: [...members.values()].filter((role) => role === 'owner').length,
      });
      if (verdict !== 'allowed') return verdict;
      if (to === undefined) members.delete(subjectId);
      else members.set(subjectId, to);
      return verdict;
    },
    async admitToWorkspace({ workspaceId, userId }) {
      const members = workspaces.get(workspaceId)?.members;
      if (members?.has(userId) === false) members.set(userId, 'member');
    },
    async listChannels(id, userId, limit) {
      return channelsOf(id)
        .slice(0, limit)
        .map((stored) => toChannel(stored, userId));
    },
    async findChannel(roomId, userId) {
      const stored = rooms.get(roomId);
      return stored?.room.kind === 'channel' ? toChannel(stored, userId) : undefined;
    },
    async changeChannel(roomId, { name, archivedAtMs }) {
      const stored = rooms.get(roomId);
      if (stored?.room.kind !== 'channel') return 'absent';
      if (name !== undefined) {
        const isTaken = [...rooms.values()].some(
          ({ room }) =>
            room.id !== roomId &&
            room.workspaceId === stored.room.workspaceId &&
            room.nameKey === name.key,
        );
        if (isTaken) return 'taken';
        stored.room = { ...stored.room, name: name.shown, nameKey: name.key };
      }
      if (archivedAtMs !== undefined) stored.archivedAtMs = archivedAtMs ?? undefined;
      return 'changed';
    },
    async listStrayMemberships(limit) {
      const stray: StrayMembership[] = [];
      for (const { room, members } of rooms.values()) {
        if (room.kind !== 'channel') continue;
        const people = workspaces.get(room.workspaceId)?.members;
        for (const userId of members.keys()) {
          if (people?.has(userId) !== true) stray.push({ roomId: room.id, userId });
        }
      }
      return stray.slice(0, limit);
    },
  };
}
