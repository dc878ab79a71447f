/** Creates, lists and finds workspaces. */

import { ChatError, type WorkspaceId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { OwnWorkspace, Workspace } from '../../model/workspace.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../accounts/user-rate-limits.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { ConsentDependencies } from '../invitations/consent-policy.ts';
import type { ConnectedUsers } from '../presence/connected-users.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import type { EndMembershipDependencies } from '../rooms/end-membership.ts';
import type { RoomNameDependencies } from '../rooms/room-name.ts';

export type WorkspaceDependencies = EndMembershipDependencies &
  RoomNameDependencies &
  ConsentDependencies & {
    readonly store: Pick<Store, 'accounts' | 'rooms' | 'workspaces'>;
    readonly clock: Pick<Clock, 'nowMs'>;
    readonly secrets: Pick<Crypto, 'newId'>;
    readonly streams: Pick<RoomStreamRegistry, 'get'>;
    readonly presence: Pick<ConnectedUsers, 'joinedRoom'>;
    readonly userLimits: Pick<UserRateLimits, 'changes' | 'creations'>;
  };

const WORKSPACE_NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 100 };
const WORKSPACES_LISTED_MAX = 1000;

export async function createWorkspace(
  dependencies: WorkspaceDependencies,
  user: User,
  name: string,
): Promise<OwnWorkspace> {
  const shown = toName(name, WORKSPACE_NAME);
  dependencies.userLimits.creations.take(user.id);
  const workspace: Workspace = {
    id: dependencies.secrets.newId() as WorkspaceId, // Generated here: the cast is safe.
    name: shown,
    createdAtMs: dependencies.clock.nowMs(),
  };
  await dependencies.store.workspaces.createWorkspace(workspace, user.id);
  return { workspace, role: 'owner' };
}

export function listWorkspaces(
  { store }: WorkspaceDependencies,
  user: User,
): Promise<OwnWorkspace[]> {
  return store.workspaces.listWorkspacesOf(user.id, WORKSPACES_LISTED_MAX);
}

/** @throws {ChatError} NOT_FOUND for users who are not members. */
export async function findOwnWorkspace(
  { store }: WorkspaceDependencies,
  user: User,
  workspaceId: WorkspaceId,
): Promise<void> {
  const found = await store.workspaces.findWorkspace(workspaceId, user.id);
  if (found === undefined || (found.role === undefined && user.role === 'member')) {
    throw new ChatError('NOT_FOUND');
  }
}
