/**
 * The channels of a workspace. A public channel is a room that every member of its workspace may read
 * and join; a private one is known to its own members only.
 */

import { ChatError, type RoomId, type WorkspaceId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { ListedRoom } from '../../model/listed-room.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import type { Room } from '../../model/room.ts';
import { mayManageRoom } from '../../model/room-policy.ts';
import { isServerAdmin, type User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { requireRight } from '../core/require-right.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import {
  privateKeyOf,
  requireNewName,
  requireReadableName,
  toRoomName,
} from '../rooms/room-name.ts';
import {
  type CountedRoom,
  type RoomSettings,
  requireDefaultable,
  type SettingsRequest,
  toSettings,
} from '../rooms/room-settings.ts';
import type { Workspaces } from './workspaces.ts';

const CHANNELS_LISTED_MAX = 1000;

interface ChannelsDependencies {
  readonly store: Pick<Store, 'rooms' | 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly userLimits: Pick<UserRateLimits, 'creations'>;
  readonly workspaces: Pick<Workspaces, 'findOwn'>;
  readonly roomSettings: Pick<RoomSettings, 'apply' | 'change'>;
}

interface ChannelRequest extends Pick<SettingsRequest, 'visibility'> {
  readonly workspaceId: WorkspaceId;
  readonly name: string;
}

export class Channels {
  readonly #dependencies: ChannelsDependencies;

  constructor(dependencies: ChannelsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, CONFLICT for a name that is taken, RATE_LIMITED;
   *   FORBIDDEN for a private channel of a user who manages the workspace from outside.
   */
  async create(
    user: User,
    { workspaceId, name, visibility = 'public' }: ChannelRequest,
  ): Promise<ListedRoom> {
    requireRight(user, 'create-rooms');
    const { role } = await this.#dependencies.workspaces.findOwn(user, workspaceId);
    const isPrivate = visibility === 'private';
    if (isPrivate && role === undefined) throw notInWorkspace();
    const roomName = toRoomName(name, 'name');
    await this.#dependencies.userLimits.creations.take(user.id);
    // A private channel may have the name of another.
    if (isPrivate) requireReadableName(roomName, 'name');
    else {
      const about = { workspaceId, userId: user.id, field: 'name' };
      await requireNewName(this.#dependencies, roomName, about);
    }
    const { clock, secrets, store, connectedUsers } = this.#dependencies;
    const nowMs = clock.nowMs();
    const id = secrets.newId() as RoomId; // Generated here: the cast is safe.
    const room: Room = {
      id,
      workspaceId,
      kind: 'channel',
      name: roomName.shown,
      nameKey: isPrivate ? privateKeyOf({ id }) : roomName.key,
      visibility,
      createdAtMs: nowMs,
    };
    const creation = { creatorId: user.id, isAdmin: isServerAdmin(user), nowMs };
    const stored = await store.workspaces.createChannel(room, creation);
    if (stored === 'foreign') throw new ChatError('NOT_FOUND');
    if (stored.id !== room.id) throw nameTaken();
    const channel = await this.#findChannel(user, room.id);
    if (channel.membership !== undefined) connectedUsers.joinedRoom(user.id, room);
    return channel;
  }

  /** As `create`, with further settings. */
  async createWith(
    user: User,
    workspaceId: WorkspaceId,
    { name, visibility, ...settings }: SettingsRequest & { readonly name: string },
  ): Promise<CountedRoom> {
    const change = toSettings(settings);
    if (settings.isDefault === true) {
      const { role: workspaceRole } = await this.#dependencies.workspaces.findOwn(
        user,
        workspaceId,
      );
      const isPrivate = visibility === 'private';
      requireDefaultable({ kind: 'channel', isPrivate }, { ...user, workspaceRole });
    }
    const { room } = await this.create(user, { workspaceId, name, visibility });
    return this.#dependencies.roomSettings.apply(user, room.id, change);
  }

  /** Ordered by id; `after` is the id of a channel. @throws {ChatError} NOT_FOUND. */
  async list(
    user: User,
    workspaceId: WorkspaceId,
    page: PageRequest = {},
  ): Promise<Page<ListedRoom>> {
    await this.#dependencies.workspaces.findOwn(user, workspaceId);
    const { limit = CHANNELS_LISTED_MAX } = page;
    const after = page.after as RoomId | undefined; // Only compared.
    const { workspaces } = this.#dependencies.store;
    const rows = await workspaces.listChannels(workspaceId, user.id, limit + 1, after);
    return cutPage(rows, limit, ({ room }) => room.id);
  }

  /**
   * Renames a channel, or archives it: its messages stay, new ones are rejected. Allowed for the
   * workspace's owners and admins, and the channel's creator.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, CONFLICT.
   */
  async change(
    user: ActingUser,
    input: { readonly roomId: RoomId; readonly name?: string; readonly archived?: boolean },
  ): Promise<ListedRoom> {
    const { roomId, ...change } = input;
    const author = { user, connection: undefined };
    await this.#dependencies.roomSettings.change(author, roomId, change, 'channel');
    return this.#findChannel(user, roomId);
  }

  /**
   * A channel of a workspace that the user is a member of.
   *
   * @throws {ChatError} NOT_FOUND, FORBIDDEN.
   */
  async #findChannel(user: User, roomId: RoomId): Promise<ListedRoom> {
    const { store } = this.#dependencies;
    const channel = await store.workspaces.findChannel(roomId, user.id);
    const isHidden = channel?.membership === undefined && channel?.room.visibility !== 'public';
    if (channel === undefined || isHidden) throw new ChatError('NOT_FOUND');
    if (channel.workspaceRole === undefined && !isServerAdmin(user)) {
      throw new ChatError('FORBIDDEN');
    }
    return channel;
  }
}

/** Whether the user may rename and archive the channel, and set its topic. */
export function mayManageChannel({ role }: Pick<User, 'role'>, channel: ListedRoom): boolean {
  const { room, membership, workspaceRole } = channel;
  return mayManageRoom({ role, roomRole: membership?.role, workspaceRole }, room.kind);
}

function notInWorkspace(): ChatError {
  const message = 'Only a member of the workspace can create a private channel: join it first';
  return new ChatError('FORBIDDEN', { field: 'visibility', message });
}

function nameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'name', message: 'Another channel has this name' });
}
