import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import { CONVERSATION_MESSAGES_READ, type Invitation } from '../../model/invitation.ts';
import { LIST_START } from '../../model/page.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { InvitationStore } from '../../ports/invitation-store.ts';
import type { Tables } from './tables.ts';

export function memoryInvitationStore(tables: Tables): InvitationStore {
  const { accountsById, rooms, workspaces, invitations } = tables;
  const hasBlocked = (one: UserId, other: UserId): boolean =>
    accountsById.get(one)?.blocked.has(other) === true;
  const isBlocked = (one: UserId, other: UserId): boolean =>
    hasBlocked(one, other) || hasBlocked(other, one);
  const shareWorkspace = (one: UserId, other: UserId): boolean =>
    [...workspaces].some(
      ([id, { members }]) => id !== DEFAULT_WORKSPACE_ID && members.has(one) && members.has(other),
    );
  const nameOf = (id: string): string | undefined =>
    workspaces.get(id as WorkspaceId)?.workspace.name ?? rooms.get(id as RoomId)?.room.name;
  const isShown = ({ userId, inviterId, target }: Invitation): boolean =>
    !isBlocked(userId, inviterId) && nameOf(target.id) !== undefined;
  const find = (userId: UserId, targetId: string): Invitation | undefined => {
    const invitation = invitations.get(keyOf(userId, targetId));
    return invitation !== undefined && isShown(invitation) ? invitation : undefined;
  };
  return {
    async setAsksFirst(userId, asksFirst) {
      const account = accountsById.get(userId);
      if (account !== undefined) account.asksFirst = asksFirst;
    },
    async findAsksFirst(userId) {
      return accountsById.get(userId)?.asksFirst;
    },
    async findStanding(userId, otherId, directKey) {
      const direct = [...rooms.values()].find(({ room }) => room.nameKey === directKey);
      const messages = [...(direct?.messages.values() ?? [])].slice(-CONVERSATION_MESSAGES_READ);
      const senders = new Set(messages.map((message) => message.userId));
      const shareGroup = [...rooms.values()].some(
        ({ room, members }) => room.kind === 'group' && members.has(userId) && members.has(otherId),
      );
      return {
        hasBlocked: hasBlocked(userId, otherId),
        isBlocked: hasBlocked(otherId, userId),
        asksFirst: accountsById.get(userId)?.asksFirst,
        isKnown: senders.size === 2 || shareGroup || shareWorkspace(userId, otherId),
      };
    },
    async listInvited(groupIds) {
      const invited = [...invitations.values()]
        .filter(({ target }) => groupIds.includes(target.id as RoomId))
        .sort((a, b) => (a.userId < b.userId ? -1 : 1))
        .flatMap(({ userId, target }) => {
          const user = accountsById.get(userId)?.user;
          return user === undefined ? [] : [{ roomId: target.id as RoomId, user }];
        });
      const byRoom = Map.groupBy(invited, ({ roomId }) => roomId);
      return new Map([...byRoom].map(([id, rows]) => [id, rows.map(({ user }) => user)]));
    },
    async listUnwantedMembers(id, { after, limit, asksByDefault }) {
      return [...invitations.values()]
        .filter(({ userId, target }) => target.id === id && userId > (after ?? ''))
        .sort((a, b) => (a.userId < b.userId ? -1 : 1))
        .flatMap(({ userId, target, inviterId }) => {
          const account = accountsById.get(userId);
          if (account === undefined || target.kind !== 'workspace' || target.role === 'owner')
            return [];
          const asksFirst = account.asksFirst ?? asksByDefault;
          if (asksFirst || !hasBlocked(userId, inviterId)) return [];
          return [{ user: account.user, role: target.role }];
        })
        .slice(0, limit);
    },
    async insertInvitations(added) {
      for (const invitation of added) insertInvitation(tables, invitation);
    },
    async listInvitations(userId, limit, after = LIST_START) {
      return [...invitations.values()]
        .filter((invitation) => invitation.userId === userId && isShown(invitation))
        .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.target.id < b.target.id ? -1 : 1))
        .filter(({ createdAtMs, target: { id } }) => {
          return createdAtMs < after.atMs || (createdAtMs === after.atMs && id > after.id);
        })
        .slice(0, limit)
        .flatMap((invitation) => {
          const inviter = accountsById.get(invitation.inviterId)?.user;
          const name = nameOf(invitation.target.id) ?? '';
          return inviter === undefined ? [] : [{ invitation, name, inviter }];
        });
    },
    async findInvitation(userId, targetId) {
      return find(userId, targetId);
    },
    async removeInvitation(userId, targetId) {
      const invitation = find(userId, targetId);
      if (invitation !== undefined) deleteInvitation(tables, userId, targetId);
      return invitation;
    },
    async withdrawInvitation(userId, targetId) {
      return deleteInvitation(tables, userId, targetId);
    },
    async removeInvitationsFrom(userId, inviterId) {
      const found = [...invitations.values()].filter(
        (each) => each.userId === userId && each.inviterId === inviterId,
      );
      for (const { target } of found) deleteInvitation(tables, userId, target.id);
      return found.length;
    },
  };
}

export function insertInvitation({ invitations }: Tables, invitation: Invitation): void {
  invitations.set(keyOf(invitation.userId, invitation.target.id), invitation);
}

/** Returns whether the invitation existed. */
export function deleteInvitation(
  { invitations }: Tables,
  userId: UserId,
  targetId: string,
): boolean {
  return invitations.delete(keyOf(userId, targetId));
}

function keyOf(userId: UserId, targetId: string): string {
  return `${userId} ${targetId}`;
}
