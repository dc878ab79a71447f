/** Finds what an invite opens now: its creator may have lost the right to let others in. */

import type { RoomId, WorkspaceId } from '@parley/protocol';
import type { Invite } from '../../model/invite.ts';
import { permits } from '../../model/role-table.ts';
import type { Room } from '../../model/room.ts';
import { heldRole } from '../../model/room-member.ts';
import { mayInvite } from '../../model/room-policy.ts';
import { isDisabled, type User } from '../../model/user.ts';
import { mayManageChannels } from '../../model/workspace-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';

interface FindInviteDependencies {
  readonly store: Pick<Store, 'accounts' | 'invites' | 'rooms' | 'workspaces'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface OpenInvite {
  readonly invite: Invite;
  readonly inviter: User;
  readonly rooms: readonly Room[];
  readonly workspaceId: WorkspaceId | undefined;
}

/** Whether nothing but archived rooms is behind the invite, which have no new members. */
export function isArchived({ rooms, workspaceId }: OpenInvite): boolean {
  const isClosed = rooms.every(({ archivedAtMs }) => archivedAtMs !== undefined);
  return rooms.length > 0 && isClosed && workspaceId === undefined;
}

/** Maximum length of Parley's own tokens. */
const TOKEN_LENGTH_MAX = 128;

/**
 * Undefined if the token is unknown, the invite has expired, or its creator may no longer let others
 * into any of its rooms. Whether it has a place left is decided when it is used.
 */
export async function findOpenInvite(
  dependencies: FindInviteDependencies,
  token: string,
): Promise<OpenInvite | undefined> {
  if (token.length > TOKEN_LENGTH_MAX) return undefined;
  const { store, secrets, clock } = dependencies;
  const invite = await store.invites.findInvite(secrets.digest(token));
  if (invite === undefined || invite.expiresAtMs <= clock.nowMs()) return undefined;
  const inviter = await store.accounts.findUser({ kind: 'id', id: invite.creatorId });
  if (inviter === undefined || isDisabled(inviter, clock.nowMs())) return undefined;
  if (!permits('create-invites', inviter)) return undefined;
  const rooms: Room[] = [];
  for (const roomId of invite.roomIds) {
    const room = await findOpenRoom(dependencies, inviter, roomId);
    if (room !== undefined) rooms.push(room);
  }
  const isToWorkspace =
    invite.workspaceId !== undefined &&
    (await mayAddToWorkspace(dependencies, inviter, invite.workspaceId));
  const workspaceId = isToWorkspace ? invite.workspaceId : undefined;
  const isForServer = invite.roomIds.length === 0 && invite.workspaceId === undefined;
  if (!isForServer && rooms.length === 0 && workspaceId === undefined) return undefined;
  return { invite, inviter, rooms, workspaceId };
}

async function findOpenRoom(
  { store }: FindInviteDependencies,
  inviter: User,
  roomId: RoomId,
): Promise<Room | undefined> {
  const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, inviter.id);
  if (found === undefined) return undefined;
  const { room, workspaceRole } = found;
  const manager = { role: inviter.role, roomRole: heldRole(found), workspaceRole };
  return mayInvite(manager, room) ? room : undefined;
}

/** False also for a workspace that does not exist. */
export async function mayAddToWorkspace(
  { store }: Pick<FindInviteDependencies, 'store'>,
  { id, role }: User,
  workspaceId: WorkspaceId,
): Promise<boolean> {
  const found = await store.workspaces.findWorkspace(workspaceId, id);
  return found !== undefined && mayManageChannels({ role, workspaceRole: found.role });
}
