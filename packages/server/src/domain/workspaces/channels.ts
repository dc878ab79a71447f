/**
 * The channels of a workspace. A channel is a room that every member of its workspace may read and
 * join.
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
import { requireNewName, toRoomName } from '../rooms/room-name.ts';
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

export class Channels {
  readonly #dependencies: ChannelsDependencies;

  constructor(dependencies: ChannelsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, CONFLICT for a name that is taken, RATE_LIMITED. */
  async create(
    user: User,
    { workspaceId, name }: { readonly workspaceId: WorkspaceId; readonly name: string },
  ): Promise<ListedRoom> {
    requireRight(user, 'create-rooms');
    await this.#dependencies.workspaces.findOwn(user, workspaceId);
    const roomName = toRoomName(name, 'name');
    await this.#dependencies.userLimits.creations.take(user.id);
    await requireNewName(this.#dependencies, roomName, {
      workspaceId,
      userId: user.id,
      field: 'name',
    });
    const { key: nameKey, shown } = roomName;
    const { clock, secrets, store, connectedUsers } = this.#dependencies;
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
    if (visibility === 'private') {
      const message = 'A channel is public in its workspace: create a private room without one';
      throw new ChatError('VALIDATION_ERROR', { field: 'visibility', message });
    }
    const change = toSettings(settings);
    if (settings.isDefault === true) {
      const { role: workspaceRole } = await this.#dependencies.workspaces.findOwn(
        user,
        workspaceId,
      );
      requireDefaultable({ kind: 'channel', isPrivate: false }, { ...user, workspaceRole });
    }
    const { room } = await this.create(user, { workspaceId, name });
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
    if (channel === undefined) throw new ChatError('NOT_FOUND');
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

function nameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'name', message: 'Another channel has this name' });
}
