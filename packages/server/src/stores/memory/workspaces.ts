import type { UserId, WorkspaceId } from '@parley/protocol';
import type { Channel, StrayMembership } from '../../model/channel.ts';
import { toWorkspaceRole } from '../../model/stored-role.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { judgeMemberChange, type WorkspaceRole } from '../../model/workspace-policy.ts';
import type { WorkspaceStore } from '../../ports/workspace-store.ts';
import { deleteInvitation, insertInvitation } from './invitations.ts';
import { headOf } from './log.ts';
import { createRoom, workspaceRoleOf } from './rooms.ts';
import type { StoredRoom, Tables } from './tables.ts';
import { membershipOf } from './unread.ts';

export function memoryWorkspaceStore(tables: Tables): WorkspaceStore {
  const { workspaces, rooms, accountsById } = tables;
  const toChannel = (stored: StoredRoom, userId: UserId): Channel => ({
    room: stored.room,
    head: headOf(tables, stored),
    membership: membershipOf(stored, userId),
    workspaceRole: workspaceRoleOf(tables, stored, userId),
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
    async renameWorkspace(id, name) {
      const stored = workspaces.get(id);
      if (stored === undefined) return;
      workspaces.set(id, { ...stored, workspace: { ...stored.workspace, name } });
    },
    async findWorkspace(id, userId) {
      const stored = workspaces.get(id);
      return stored && { workspace: stored.workspace, role: stored.members.get(userId) };
    },
    async listWorkspacesOf(userId, limit, after) {
      return [...workspaces.values()]
        .flatMap(({ workspace, members }) => {
          const role = members.get(userId);
          return role === undefined ? [] : [{ workspace, role }];
        })
        .filter(({ workspace }) => workspace.id > (after ?? ''))
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
    async changeWorkspaceMember(request) {
      const { workspaceId, actorId, subjectId, role: to, nowMs } = request;
      const actor = accountsById.get(actorId)?.user;
      const members = workspaces.get(workspaceId)?.members;
      if (actor === undefined || members === undefined) return 'unknown';
      const successor = successorOf(tables, members, subjectId);
      const verdict = judgeMemberChange({
        actor: { role: actor.role, workspaceRole: members.get(actorId) },
        from: members.get(subjectId),
        to,
        isOwnLeave: actorId === subjectId && to === undefined,
        ownerCount: countOwners(members),
        memberCount: members.size,
        hasSuccessor: successor !== undefined,
      });
      if (verdict !== 'allowed' && verdict !== 'no-member') return verdict;
      if (to !== undefined && request.isInvitation === true) {
        const target = { kind: 'workspace', id: workspaceId, role: to } as const;
        const invitation = { userId: subjectId, target, inviterId: actorId, createdAtMs: nowMs };
        insertInvitation(tables, invitation);
        return verdict;
      }
      const wasInvited = deleteInvitation(tables, subjectId, workspaceId);
      if (verdict === 'no-member') return wasInvited ? 'allowed' : verdict;
      if (request.isAcceptance === true && !wasInvited) return 'no-member';
      if (to !== undefined) {
        members.set(subjectId, toWorkspaceRole(to));
        return verdict;
      }
      members.delete(subjectId);
      if (countOwners(members) === 0 && successor !== undefined) members.set(successor, 'owner');
      return verdict;
    },
    async admitToWorkspace({ workspaceId, userId }) {
      const members = workspaces.get(workspaceId)?.members;
      if (members?.has(userId) === false) members.set(userId, 'member');
    },
    async createChannel(channel, { creatorId: userId, isAdmin, nowMs }) {
      const isMember = workspaces.get(channel.workspaceId)?.members.has(userId) === true;
      if (!isMember && !isAdmin) return 'foreign';
      const members = isMember ? [{ userId, role: 'owner' } as const] : [];
      return createRoom(tables, { room: channel, members, nowMs });
    },
    async listChannels(id, userId, limit, after) {
      return channelsOf(id)
        .filter(({ room }) => room.id > (after ?? ''))
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
      return strayMemberships(tables).slice(0, limit);
    },
    async listStrayMembershipsOf(userId, workspaceId, limit) {
      return strayMemberships(tables)
        .filter((stray) => stray.userId === userId)
        .filter(({ roomId }) => rooms.get(roomId)?.room.workspaceId === workspaceId)
        .slice(0, limit);
    },
  };
}

function strayMemberships({ rooms, workspaces }: Tables): StrayMembership[] {
  const stray: StrayMembership[] = [];
  for (const { room, members } of rooms.values()) {
    if (room.kind !== 'channel') continue;
    const people = workspaces.get(room.workspaceId)?.members;
    for (const userId of members.keys()) {
      if (people?.has(userId) !== true) stray.push({ roomId: room.id, userId });
    }
  }
  return stray;
}

function countOwners(members: ReadonlyMap<UserId, WorkspaceRole>): number {
  return [...members.values()].filter((role) => role === 'owner').length;
}

/** Finds the longest-standing admin who has not blocked the leaving owner. */
function successorOf(
  { accountsById, externalUsers }: Tables,
  members: ReadonlyMap<UserId, WorkspaceRole>,
  ownerId: UserId,
): UserId | undefined {
  const own = new Set<UserId>();
  for (const [key, { id }] of externalUsers) {
    if (JSON.parse(key)[0] === OWN_ISSUER) own.add(id);
  }
  const admins = [...members].filter(
    ([id, role]) =>
      role === 'admin' &&
      id !== ownerId &&
      !own.has(id) &&
      accountsById.get(id)?.blocked.has(ownerId) !== true,
  );
  return admins[0]?.[0];
}
