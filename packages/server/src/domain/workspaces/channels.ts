/**
 * The channels of a workspace. A channel is a room that every member of its workspace may read and
 * join.
 */

import { ChatError, type RoomId, type WorkspaceId } from '@parley/protocol';
import type { Channel } from '../../model/channel.ts';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import { mayManageChannels } from '../../model/workspace-policy.ts';
import { requireNewName, toRoomName } from '../rooms/room-name.ts';

import { findOwnWorkspace, type WorkspaceDependencies } from './workspaces.ts';

const CHANNELS_LISTED_MAX = 1000;

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
  const creation = { creatorId: user.id, isAdmin: user.role !== 'member', nowMs };
  const stored = await store.workspaces.createChannel(room, creation);
  if (stored === 'foreign') throw new ChatError('NOT_FOUND');
  if (stored.id !== room.id) throw nameTaken();
  const channel = await findChannel(dependencies, user, room.id);
  if (channel.membership !== undefined) presence.joinedRoom(user.id, room);
  return channel;
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

function nameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'name', message: 'Another channel has this name' });
}
