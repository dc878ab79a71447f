import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { Invitation } from '../../model/invitation.ts';
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
      return accountsById.get(userId)?.asksFirst === true;
    },
    async findStanding(userId, otherId, directKey) {
      const direct = [...rooms.values()].find(({ room }) => room.nameKey === directKey);
      const hasWritten = [...(direct?.sendKeys.keys() ?? [])].some((key) => key.startsWith(userId));
      return {
        isBlocked: isBlocked(userId, otherId),
        asksFirst: accountsById.get(userId)?.asksFirst === true,
        isKnown: hasWritten || shareWorkspace(userId, otherId),
      };
    },
    async listBlockersAmong(userIds) {
      return userIds.filter((id) => userIds.some((other) => hasBlocked(id, other))).sort();
    },
    async hasBlockedMember(userId, workspaceId) {
      const members = workspaces.get(workspaceId)?.members.keys() ?? [];
      return [...members].some((id) => hasBlocked(userId, id));
    },
    async insertInvitations(added) {
      for (const invitation of added) insertInvitation(tables, invitation);
    },
    async listInvitations(userId, limit) {
      return [...invitations.values()]
        .filter((invitation) => invitation.userId === userId && isShown(invitation))
        .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.target.id < b.target.id ? -1 : 1))
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
