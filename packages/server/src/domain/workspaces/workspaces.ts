/**
 * Workspaces: their members, and their channels. A channel is a room that every
 * member of its workspace may read and join; whoever leaves the workspace leaves
 * its channels, each in its place of the log.
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
import type { Parts } from '../parts.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import { endRoomMembership } from '../rooms/end-membership.ts';
import { mustAsk } from '../rooms/invitations.ts';
import { requireNewName, toRoomName } from '../rooms/room-name.ts';

const WORKSPACE_NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 100 };
const WORKSPACES_LISTED_MAX = 1000;
const CHANNELS_LISTED_MAX = 1000;
/** Memberships that are ended at once, of somebody who has left a workspace. */
const STRAY_PAGE = 100;

export async function createWorkspace(
  parts: Parts,
  user: User,
  name: string,
): Promise<OwnWorkspace> {
  const shown = toName(name, WORKSPACE_NAME);
  parts.userLimits.creations.take(user.id);
  const workspace: Workspace = {
    id: parts.secrets.newId() as WorkspaceId, // Made here, so it is one.
    name: shown,
    createdAtMs: parts.clock.nowMs(),
  };
  await parts.store.workspaces.createWorkspace(workspace, user.id);
  return { workspace, role: 'owner' };
}

export function listWorkspaces({ store }: Parts, user: User): Promise<OwnWorkspace[]> {
  return store.workspaces.listWorkspacesOf(user.id, WORKSPACES_LISTED_MAX);
}

export interface MembersRequest {
  readonly workspaceId: WorkspaceId;
  readonly after: UserId | undefined;
  readonly limit: number | undefined;
}

/** @throws {ChatError} NOT_FOUND for who is no member. */
export async function listWorkspaceMembers(
  parts: Parts,
  user: User,
  { workspaceId, after, limit }: MembersRequest,
): Promise<WorkspaceMember[]> {
  await findOwnWorkspace(parts, user, workspaceId);
  const page = { after, limit: limit ?? LIMITS.membersPageDefault };
  return parts.store.workspaces.listWorkspaceMembers(workspaceId, page);
}

export interface MemberRequest {
  readonly workspaceId: WorkspaceId;
  readonly username: string;
}

export interface MemberChange extends WorkspaceMember {
  /** The person has the role only after accepting. */
  readonly isInvited: boolean;
}

/**
 * Adds a person, or gives one who is there another role; invites a person who has to be asked.
 *
 * @throws {ChatError} NOT_FOUND, FORBIDDEN, RATE_LIMITED; CONFLICT where no owner would be left.
 */
export async function setWorkspaceMember(
  parts: Parts,
  user: User,
  { workspaceId, username, role }: MemberRequest & { readonly role: WorkspaceRole },
): Promise<MemberChange> {
  parts.userLimits.changes.take(user.id);
  await findOwnWorkspace(parts, user, workspaceId);
  const subject = await findPerson(parts, username);
  const { id: subjectId } = subject;
  const isInvitation = await needsConsent(parts, user, { workspaceId, subjectId, role });
  if (isInvitation) parts.userLimits.creations.take(user.id);
  await changeMember(parts, user, { workspaceId, subjectId, role, isInvitation });
  return { user: subject, role, isInvited: isInvitation };
}

/**
 * Whether the person has to accept first: an ownership, or a membership if they want to be
 * asked or have blocked one of the members.
 *
 * @throws {ChatError} FORBIDDEN if one of the two has blocked the other.
 */
async function needsConsent(
  parts: Parts,
  { id: actorId }: User,
  change: Pick<MemberChangeRequest, 'workspaceId' | 'subjectId' | 'role'>,
): Promise<boolean> {
  const { workspaceId, subjectId, role } = change;
  if (subjectId === actorId) return false;
  const { workspaces, invitations } = parts.store;
  const from = (await workspaces.findWorkspace(workspaceId, subjectId))?.role;
  if (from === 'owner' || (from !== undefined && role !== 'owner')) return false;
  const isAsked = await mustAsk(parts, subjectId, actorId);
  if (isAsked || role === 'owner') return true;
  return invitations.hasBlockedMember(subjectId, workspaceId);
}

/**
 * Takes a person out of a workspace, and so out of its channels: once this resolves,
 * nothing that is said there later reaches them.
 *
 * @throws {ChatError} as `setWorkspaceMember`; UNAVAILABLE.
 */
export async function removeWorkspaceMember(
  parts: Parts,
  user: User,
  { workspaceId, username }: MemberRequest,
): Promise<void> {
  parts.userLimits.changes.take(user.id);
  await findOwnWorkspace(parts, user, workspaceId);
  const subject = await findPerson(parts, username);
  try {
    await changeMember(parts, user, { workspaceId, subjectId: subject.id, role: undefined });
  } finally {
    // Also where they were out already: an earlier attempt may have come only so far.
    await endStrayMemberships(parts);
  }
}

/** Ends every membership of a channel whose holder is not of its workspace any more. */
export async function endStrayMemberships(parts: Parts): Promise<void> {
  const { store } = parts;
  for (;;) {
    const stray = await store.workspaces.listStrayMemberships(STRAY_PAGE);
    for (const { roomId, userId: subjectId } of stray) {
      const user = await store.accounts.findUser({ kind: 'id', id: subjectId });
      if (user === undefined) continue;
      // In the person's own name: who is no member of a room can do nothing in it.
      await endRoomMembership(
        parts,
        { user, connection: undefined },
        { roomId, subjectId, reason: 'removed' },
      );
    }
    if (stray.length < STRAY_PAGE) return;
  }
}

/** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, CONFLICT for a name that is taken, RATE_LIMITED. */
export async function createChannel(
  parts: Parts,
  user: User,
  { workspaceId, name }: { readonly workspaceId: WorkspaceId; readonly name: string },
): Promise<Channel> {
  await findOwnWorkspace(parts, user, workspaceId);
  const roomName = toRoomName(name, 'name');
  parts.userLimits.creations.take(user.id);
  await requireNewName(parts, roomName, { workspaceId, userId: user.id, field: 'name' });
  const { key: nameKey, shown } = roomName;
  const { clock, secrets, store, people } = parts;
  const nowMs = clock.nowMs();
  const room: Room = {
    id: secrets.newId() as RoomId, // Made here, so it is one.
    workspaceId,
    kind: 'channel',
    name: shown,
    nameKey,
    visibility: 'private',
    createdAtMs: nowMs,
  };
  const stored = await store.rooms.createRoom(room, [{ userId: user.id, role: 'owner' }], nowMs);
  if (stored.id !== room.id) throw nameTaken();
  people.joinedRoom(user.id, room);
  return findChannel(parts, user, room.id);
}

/** @throws {ChatError} NOT_FOUND. */
export async function listChannels(
  parts: Parts,
  user: User,
  workspaceId: WorkspaceId,
): Promise<Channel[]> {
  await findOwnWorkspace(parts, user, workspaceId);
  return parts.store.workspaces.listChannels(workspaceId, user.id, CHANNELS_LISTED_MAX);
}

/**
 * Renames a channel, or takes it out of use: what was said stays, nothing new is said.
 * For the workspace's owners and admins, and whoever made the channel.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, CONFLICT.
 */
export async function changeChannel(
  parts: Parts,
  user: User,
  input: { readonly roomId: RoomId; readonly name?: string; readonly archived?: boolean },
): Promise<Channel> {
  parts.userLimits.changes.take(user.id);
  const { roomId } = input;
  const { room, membership, archivedAtMs } = await findChannel(parts, user, roomId);
  const found = await parts.store.workspaces.findWorkspace(room.workspaceId, user.id);
  const mayManage = mayManageChannels({ role: user.role, workspaceRole: found?.role });
  if (!mayManage && membership?.role !== 'owner') throw new ChatError('FORBIDDEN');
  const name = input.name === undefined ? undefined : toRoomName(input.name, 'name');
  if (name !== undefined && name.shown !== room.name) {
    const { workspaceId } = room;
    await requireNewName(parts, name, { workspaceId, userId: user.id, field: 'name' });
  }
  const isMoved = input.archived !== undefined && input.archived !== (archivedAtMs !== undefined);
  const outcome = await parts.store.workspaces.changeChannel(roomId, {
    ...(name === undefined ? {} : { name }),
    ...(isMoved ? { archivedAtMs: input.archived ? parts.clock.nowMs() : null } : {}),
  });
  if (outcome === 'taken') throw nameTaken();
  if (isMoved) parts.streams.get(roomId)?.noteInUse(false);
  return findChannel(parts, user, roomId);
}

/** A channel of a workspace that the person belongs to. @throws {ChatError} NOT_FOUND, FORBIDDEN. */
async function findChannel({ store }: Parts, user: User, roomId: RoomId): Promise<Channel> {
  const channel = await store.workspaces.findChannel(roomId, user.id);
  if (channel === undefined) throw new ChatError('NOT_FOUND');
  const own = await store.workspaces.findWorkspace(channel.room.workspaceId, user.id);
  if (own?.role === undefined && user.role === 'member') throw new ChatError('FORBIDDEN');
  return channel;
}

async function findOwnWorkspace(
  { store }: Parts,
  user: User,
  workspaceId: WorkspaceId,
): Promise<void> {
  const found = await store.workspaces.findWorkspace(workspaceId, user.id);
  if (found === undefined || (found.role === undefined && user.role === 'member')) {
    throw new ChatError('NOT_FOUND');
  }
}

async function findPerson({ store }: Parts, written: string): Promise<User> {
  const username = written.trim();
  const found = new RegExp(USERNAME_PATTERN).test(username)
    ? await store.accounts.findUser({ kind: 'username', username })
    : undefined;
  if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'username' });
  return found;
}

async function changeMember(
  { store, clock }: Parts,
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
      return new ChatError('CONFLICT', { message: 'A workspace keeps at least one owner' });
    default:
      return verdict satisfies never;
  }
}

function nameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'name', message: 'Another channel has this name' });
}
