/**
 * Workspaces, their members and their channels. A channel is a room that every member of its
 * workspace may read and join; users who leave the workspace leave its channels, each in its
 * position of the log.
 */

import {
  ChatError,
  LIMITS,
  type RoomId,
  USERNAME_PATTERN,
  type UserId,
  type WorkspaceId,
} from '@parley/protocol';
import type { Channel } from '../../model/channel.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type {
  MemberChangeRequest,
  OwnWorkspace,
  Workspace,
  WorkspaceMember,
} from '../../model/workspace.ts';
import {
  type MemberVerdict,
  mayManageChannels,
  type WorkspaceRole,
} from '../../model/workspace-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { UserLimits } from '../accounts/user-rate-limits.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { Presence } from '../presence/presence.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import { type EndMembershipDependencies, endRoomMembership } from '../rooms/end-membership.ts';
import { type ConsentDependencies, mustAsk } from '../rooms/invitations.ts';
import { type RoomNameDependencies, requireNewName, toRoomName } from '../rooms/room-name.ts';

export type WorkspaceDependencies = EndMembershipDependencies &
  RoomNameDependencies &
  ConsentDependencies & {
    readonly store: Pick<Store, 'accounts' | 'rooms' | 'workspaces'>;
    readonly clock: Pick<Clock, 'nowMs'>;
    readonly secrets: Pick<Crypto, 'newId'>;
    readonly streams: Pick<RoomStreamRegistry, 'get'>;
    readonly presence: Pick<Presence, 'joinedRoom'>;
    readonly userLimits: Pick<UserLimits, 'changes' | 'creations'>;
  };

const WORKSPACE_NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 100 };
const WORKSPACES_LISTED_MAX = 1000;
const CHANNELS_LISTED_MAX = 1000;
/** Number of memberships of former workspace members that are ended at once. */
const STRAY_PAGE = 100;

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

export interface MembersRequest {
  readonly workspaceId: WorkspaceId;
  readonly after: UserId | undefined;
  readonly limit: number | undefined;
}

/** @throws {ChatError} NOT_FOUND for users who are not members. */
export async function listWorkspaceMembers(
  dependencies: WorkspaceDependencies,
  user: User,
  { workspaceId, after, limit }: MembersRequest,
): Promise<WorkspaceMember[]> {
  await findOwnWorkspace(dependencies, user, workspaceId);
  const page = { after, limit: limit ?? LIMITS.membersPageDefault };
  return dependencies.store.workspaces.listWorkspaceMembers(workspaceId, page);
}

export interface MemberRequest {
  readonly workspaceId: WorkspaceId;
  readonly username: string;
}

export interface MemberChange extends WorkspaceMember {
  /** Whether the user has to accept before the role applies. */
  readonly isInvited: boolean;
}

/**
 * Adds a user or changes a member's role; invites a user whose consent is required.
 *
 * @throws {ChatError} NOT_FOUND, FORBIDDEN, RATE_LIMITED; CONFLICT if no owner would be left.
 */
export async function setWorkspaceMember(
  dependencies: WorkspaceDependencies,
  user: User,
  { workspaceId, username, role }: MemberRequest & { readonly role: WorkspaceRole },
): Promise<MemberChange> {
  dependencies.userLimits.changes.take(user.id);
  await findOwnWorkspace(dependencies, user, workspaceId);
  const subject = await findPerson(dependencies, username);
  const { id: subjectId } = subject;
  const isInvitation = await needsConsent(dependencies, user, { workspaceId, subjectId, role });
  if (isInvitation) dependencies.userLimits.creations.take(user.id);
  await changeMember(dependencies, user, { workspaceId, subjectId, role, isInvitation });
  return { user: subject, role, isInvited: isInvitation };
}

/**
 * Whether the user has to accept first: an ownership always; a membership if the user requires
 * consent or has blocked a member.
 *
 * @throws {ChatError} FORBIDDEN if one of the two has blocked the other.
 */
async function needsConsent(
  dependencies: WorkspaceDependencies,
  { id: actorId }: User,
  change: Pick<MemberChangeRequest, 'workspaceId' | 'subjectId' | 'role'>,
): Promise<boolean> {
  const { workspaceId, subjectId, role } = change;
  if (subjectId === actorId) return false;
  const { workspaces, invitations } = dependencies.store;
  const from = (await workspaces.findWorkspace(workspaceId, subjectId))?.role;
  if (from === 'owner' || (from !== undefined && role !== 'owner')) return false;
  const isAsked = await mustAsk(dependencies, subjectId, actorId);
  if (isAsked || role === 'owner') return true;
  return invitations.hasBlockedMember(subjectId, workspaceId);
}

/**
 * Removes a user from a workspace and from its channels: after this resolves, no later message
 * there reaches the user.
 *
 * @throws {ChatError} as `setWorkspaceMember`; UNAVAILABLE.
 */
export async function removeWorkspaceMember(
  dependencies: WorkspaceDependencies,
  user: User,
  { workspaceId, username }: MemberRequest,
): Promise<void> {
  dependencies.userLimits.changes.take(user.id);
  await findOwnWorkspace(dependencies, user, workspaceId);
  const subject = await findPerson(dependencies, username);
  try {
    await changeMember(dependencies, user, { workspaceId, subjectId: subject.id, role: undefined });
  } finally {
    // Also if the user was removed before: an earlier attempt may have failed halfway.
    await endStrayMemberships(dependencies);
  }
}

/** Ends every channel membership of users who are no longer members of its workspace. */
export async function endStrayMemberships(dependencies: WorkspaceDependencies): Promise<void> {
  const { store } = dependencies;
  for (;;) {
    const stray = await store.workspaces.listStrayMemberships(STRAY_PAGE);
    for (const { roomId, userId: subjectId } of stray) {
      const user = await store.accounts.findUser({ kind: 'id', id: subjectId });
      if (user === undefined) continue;
      // In the user's own name, which needs no permission: users who are not members can do nothing
      // else in the room.
      await endRoomMembership(
        dependencies,
        { user, connection: undefined },
        { roomId, subjectId, reason: 'removed' },
      );
    }
    if (stray.length < STRAY_PAGE) return;
  }
}

/** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, CONFLICT for a name that is taken, RATE_LIMITED. */
export async function createChannel(
  dependencies: WorkspaceDependencies,
  user: User,
  { workspaceId, name }: { readonly workspaceId: WorkspaceId; readonly name: string },
): Promise<Channel> {
  await findOwnWorkspace(dependencies, user, workspaceId);
  const roomName = toRoomName(name, 'name');
  dependencies.userLimits.creations.take(user.id);
  await requireNewName(dependencies, roomName, { workspaceId, userId: user.id, field: 'name' });
  const { key: nameKey, shown } = roomName;
  const { clock, secrets, store, presence } = dependencies;
  const nowMs = clock.nowMs();
  const room: Room = {
    id: secrets.newId() as RoomId, // Generated here: the cast is safe.
    workspaceId,
    kind: 'channel',
    name: shown,
    nameKey,
    visibility: 'private',
    createdAtMs: nowMs,
  };
  const stored = await store.rooms.createRoom(room, [{ userId: user.id, role: 'owner' }], nowMs);
  if (stored.id !== room.id) throw nameTaken();
  presence.joinedRoom(user.id, room);
  return findChannel(dependencies, user, room.id);
}

/** @throws {ChatError} NOT_FOUND. */
export async function listChannels(
  dependencies: WorkspaceDependencies,
  user: User,
  workspaceId: WorkspaceId,
): Promise<Channel[]> {
  await findOwnWorkspace(dependencies, user, workspaceId);
  return dependencies.store.workspaces.listChannels(workspaceId, user.id, CHANNELS_LISTED_MAX);
}

/**
 * Renames a channel, or archives it: its messages stay, new ones are rejected. Allowed for the
 * workspace's owners and admins, and the channel's creator.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, CONFLICT.
 */
export async function changeChannel(
  dependencies: WorkspaceDependencies,
  user: User,
  input: { readonly roomId: RoomId; readonly name?: string; readonly archived?: boolean },
): Promise<Channel> {
  dependencies.userLimits.changes.take(user.id);
  const { roomId } = input;
  const { room, membership, archivedAtMs } = await findChannel(dependencies, user, roomId);
  const found = await dependencies.store.workspaces.findWorkspace(room.workspaceId, user.id);
  const mayManage = mayManageChannels({ role: user.role, workspaceRole: found?.role });
  if (!mayManage && membership?.role !== 'owner') throw new ChatError('FORBIDDEN');
  const name = input.name === undefined ? undefined : toRoomName(input.name, 'name');
  if (name !== undefined && name.shown !== room.name) {
    const { workspaceId } = room;
    await requireNewName(dependencies, name, { workspaceId, userId: user.id, field: 'name' });
  }
  const isMoved = input.archived !== undefined && input.archived !== (archivedAtMs !== undefined);
  const outcome = await dependencies.store.workspaces.changeChannel(roomId, {
    ...(name === undefined ? {} : { name }),
    ...(isMoved ? { archivedAtMs: input.archived ? dependencies.clock.nowMs() : null } : {}),
  });
  if (outcome === 'taken') throw nameTaken();
  if (isMoved) dependencies.streams.get(roomId)?.noteInUse(false);
  return findChannel(dependencies, user, roomId);
}

/**
 * A channel of a workspace that the user is a member of.
 *
 * @throws {ChatError} NOT_FOUND, FORBIDDEN.
 */
async function findChannel(
  { store }: WorkspaceDependencies,
  user: User,
  roomId: RoomId,
): Promise<Channel> {
  const channel = await store.workspaces.findChannel(roomId, user.id);
  if (channel === undefined) throw new ChatError('NOT_FOUND');
  const own = await store.workspaces.findWorkspace(channel.room.workspaceId, user.id);
  if (own?.role === undefined && user.role === 'member') throw new ChatError('FORBIDDEN');
  return channel;
}

async function findOwnWorkspace(
  { store }: WorkspaceDependencies,
  user: User,
  workspaceId: WorkspaceId,
): Promise<void> {
  const found = await store.workspaces.findWorkspace(workspaceId, user.id);
  if (found === undefined || (found.role === undefined && user.role === 'member')) {
    throw new ChatError('NOT_FOUND');
  }
}

async function findPerson({ store }: WorkspaceDependencies, written: string): Promise<User> {
  const username = written.trim();
  const found = new RegExp(USERNAME_PATTERN).test(username)
    ? await store.accounts.findUser({ kind: 'username', username })
    : undefined;
  if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'username' });
  return found;
}

async function changeMember(
  { store, clock }: WorkspaceDependencies,
  { id: actorId }: User,
  change: Omit<MemberChangeRequest, 'actorId' | 'nowMs'>,
): Promise<void> {
  const nowMs = clock.nowMs();
  const verdict = await store.workspaces.changeWorkspaceMember({ ...change, actorId, nowMs });
  if (verdict !== 'allowed') throw toRejection(verdict);
}

function toRejection(verdict: Exclude<MemberVerdict, 'allowed'>): ChatError {
  switch (verdict) {
    case 'unknown':
      return new ChatError('NOT_FOUND');
    case 'no-member':
      return new ChatError('NOT_FOUND', { field: 'username' });
    case 'forbidden':
      return new ChatError('FORBIDDEN');
    case 'last-owner':
      return new ChatError('CONFLICT', { message: 'A workspace needs at least one owner' });
    default:
      return verdict satisfies never;
  }
}

function nameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'name', message: 'Another channel has this name' });
}
