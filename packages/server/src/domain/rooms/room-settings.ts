/** The settings of rooms and channels, changed by those who may manage them. */

import { ChatError, isBlank, LIMITS, type RoomId, type WorkspaceId } from '@parley/protocol';
import { permits } from '../../model/role-table.ts';
import type { Room, RoomChange } from '../../model/room.ts';
import { type FoundRoom, heldRole } from '../../model/room-member.ts';
import { ROOM_PERMISSIONS, type RoomPermissions } from '../../model/room-permissions.ts';
import { isKnownToOthers, mayGiveRoles, mayManageRoom } from '../../model/room-policy.ts';
import { isServerAdmin, type User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import { byOf } from '../core/act.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import { requireReadPermission } from '../core/read-permission.ts';
import { requireRight } from '../core/require-right.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { Author } from '../delivery/log-writer.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { archived, muted } from '../errors.ts';
import { type TextKind, toLine, toText } from '../primitives/text-validation.ts';
import { createPrivateRoom } from './create-private-room.ts';
import { type CreatePublicRoomDependencies, createPublicRoom } from './create-public-room.ts';
import { announceChange } from './room-changes.ts';
import {
  isTemporary,
  privateKeyOf,
  type RoomName,
  requireNewName,
  requireReadableName,
  toRoomName,
} from './room-name.ts';
import { toReference } from './room-reference.ts';

interface RoomSettingsDependencies extends CreatePublicRoomDependencies {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly store: Pick<Store, 'rooms'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'creations'>;
  readonly secrets: Pick<Crypto, 'newId'>;
}

/** Absent fields stay; an empty text removes it. */
export interface SettingsRequest
  extends Partial<{ readonly [P in keyof RoomPermissions]: RoomPermissions[P] | undefined }> {
  readonly visibility?: Room['visibility'] | undefined;
  readonly name?: string | undefined;
  readonly topic?: string | undefined;
  readonly description?: string | undefined;
  readonly slowModeSeconds?: number | undefined;
  readonly isDefault?: boolean | undefined;
  readonly archived?: boolean | undefined;
}

/** A room with the number of its members. */
export interface CountedRoom extends FoundRoom {
  readonly memberTotal: number;
}

const TOPIC: TextKind = { field: 'topic', noun: 'The topic', lengthMax: LIMITS.topicLengthMax };
const DESCRIPTION: TextKind = {
  field: 'description',
  noun: 'The description',
  lengthMax: LIMITS.descriptionLengthMax,
};

export class RoomSettings {
  readonly #dependencies: RoomSettingsDependencies;

  constructor(dependencies: RoomSettingsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws {ChatError} NOT_FOUND, FORBIDDEN. */
  async read(user: User, roomId: RoomId): Promise<CountedRoom> {
    const { rooms } = this.#dependencies.store;
    const found = await rooms.findRoom({ kind: 'id', id: roomId }, user.id);
    // They manage every workspace, but a private channel is for its members only.
    const isManaged =
      found?.room.kind === 'channel' && isKnownToOthers(found.room) && isServerAdmin(user);
    const readable = isManaged ? found : requireReadPermission(found);
    const totals = await rooms.countMembers([roomId]);
    return { ...readable, memberTotal: totals.get(roomId) ?? 0 };
  }

  /**
   * Creates a room, whose owner the user becomes. It is kept while it is empty. Private rooms may have
   * the names of others.
   *
   * @throws {ChatError} VALIDATION_ERROR, CONFLICT for a name that is taken, RATE_LIMITED.
   */
  async create(
    user: User,
    { name, visibility, ...settings }: SettingsRequest & { readonly name: string },
  ): Promise<CountedRoom> {
    requireRight(user, 'create-rooms');
    const change = toSettings(settings);
    const isPrivate = visibility === 'private';
    if (settings.isDefault === true) requireDefaultable({ kind: 'room', isPrivate }, user);
    const room = await (isPrivate
      ? this.#createPrivate(user, name)
      : this.#createPublic(user, name));
    this.#dependencies.connectedUsers.joinedRoom(user.id, room);
    return this.apply(user, room.id, change);
  }

  async #createPublic({ id: userId }: User, name: string): Promise<Room> {
    const named = toReference(name, 'name');
    if (!('name' in named) || isTemporary(named.name.key)) throw reserved();
    const about = { ...named, field: 'name' };
    const { room, isNew } = await createPublicRoom(this.#dependencies, userId, about);
    if (!isNew) throw nameTaken();
    return room;
  }

  async #createPrivate(user: User, written: string): Promise<Room> {
    const { logger, secrets, userLimits } = this.#dependencies;
    const name = toRoomName(written, 'name');
    requireReadableName(name, 'name');
    await userLimits.creations.take(user.id);
    const id = secrets.newId() as RoomId; // Generated here: the cast is safe.
    const room = await createPrivateRoom(this.#dependencies, [user], {
      id,
      kind: 'room',
      name: name.shown,
      nameKey: privateKeyOf({ id }),
      roleOf: () => 'owner',
    });
    logger.record({ event: 'room.created', roomId: room.id });
    return room;
  }

  /** Stores the settings of a room that the user has just created. */
  async apply(user: User, roomId: RoomId, change: RoomChange): Promise<CountedRoom> {
    await this.#dependencies.store.rooms.changeRoom(roomId, change, undefined);
    return this.read(user, roomId);
  }

  /**
   * Changes settings, makes a room public or private, or archives it: its messages stay, and nothing new is accepted. Those who
   * have the room open see the change on every node. A room that becomes private keeps its members, and is missing for others at once.
   *
   * @param kind The only kind of room that is meant; default any.
   *
   * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND; FORBIDDEN for users who may not manage the room,
   *   and for other changes of an archived room; CONFLICT for a name that is taken; RATE_LIMITED.
   */
  async change(
    { user, connection }: Pick<Author, 'user' | 'connection'>,
    roomId: RoomId,
    request: SettingsRequest,
    kind?: Room['kind'],
  ): Promise<CountedRoom> {
    const { userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const found = await this.read(user, roomId);
    const { room } = found;
    if (kind !== undefined && kind !== room.kind) throw new ChatError('NOT_FOUND');
    requireManager(user, found);
    const visibility = toOtherVisibility(user, found, request.visibility);
    const isPrivate = (visibility ?? room.visibility) === 'private';
    // Undefined if it stays as it is: the store lets few decide about it.
    const isDefault =
      request.isDefault === (room.isDefault === true) ? undefined : request.isDefault;
    if (isDefault !== undefined) {
      requireDefaultable(
        { kind: room.kind, isPrivate: isPrivate && isDefault },
        { ...user, workspaceRole: found.workspaceRole },
      );
    }
    const wasArchived = room.archivedAtMs !== undefined;
    const { archived: isArchived = wasArchived } = request;
    if (wasArchived && isArchived && request.archived === undefined) throw archived();
    const change: RoomChange = {
      ...toSettings({ ...request, isDefault }),
      // Members who let others into a public room would open the private room.
      ...(visibility === 'private' && room.inviting !== undefined && request.inviting === undefined
        ? { inviting: 'moderators' as const }
        : {}),
      // It is in no list from which others could join it.
      ...(isPrivate && room.isDefault === true ? { isDefault: false } : {}),
      ...(await this.#toNameChange(user, room, { name: request.name, visibility })),
      ...(isArchived === wasArchived ? {} : { archivedAtMs: isArchived ? clock.nowMs() : null }),
    };
    return this.#store({ user, connection }, roomId, change);
  }

  /**
   * Finds a room whose picture the user may change.
   *
   * @throws {ChatError} NOT_FOUND; FORBIDDEN, also for an archived room.
   */
  async requirePictureRight(user: User, roomId: RoomId): Promise<void> {
    const found = await this.read(user, roomId);
    requireManager(user, found);
    if (found.room.archivedAtMs !== undefined) throw archived();
  }

  /**
   * Shows a file of the user as the picture of the room, or none.
   *
   * @throws {ChatError} As `requirePictureRight`.
   */
  async setPicture(
    author: Pick<Author, 'user' | 'connection'>,
    roomId: RoomId,
    fileId: string | undefined,
  ): Promise<CountedRoom> {
    await this.requirePictureRight(author.user, roomId);
    return this.#store(author, roomId, { picture: { fileId } });
  }

  async #store(
    { user, connection }: Pick<Author, 'user' | 'connection'>,
    roomId: RoomId,
    change: RoomChange,
  ): Promise<CountedRoom> {
    const { store, clock, events } = this.#dependencies;
    const outcome = await store.rooms.changeRoom(roomId, change, byOf(user, clock));
    if (outcome === 'forbidden') throw new ChatError('FORBIDDEN');
    if (outcome === 'taken') throw nameTaken();
    if (outcome === 'absent') throw new ChatError('NOT_FOUND');
    if (change.archivedAtMs !== undefined) events.emit('archived', roomId);
    const changed = await this.read(user, roomId);
    announceChange(this.#dependencies, changed.room, connection);
    return changed;
  }

  /** A room that becomes public gets the key of its name, and loses it when it becomes private. */
  async #toNameChange(
    user: User,
    room: Room,
    request: Pick<SettingsRequest, 'name' | 'visibility'>,
  ): Promise<Pick<RoomChange, 'name' | 'visibility'>> {
    const { name: written = room.name, visibility } = request;
    if (request.name === undefined && visibility === undefined) return {};
    const name: RoomName = toRoomName(written, 'name');
    if (name.shown === room.name && visibility === undefined) return {};
    const { shown } = name;
    const moved = visibility === undefined ? {} : { visibility };
    // Such a room ends with its last user.
    const isFleeting = room.kind === 'room' && isTemporary(room.nameKey);
    if (!isKnownToOthers({ ...room, ...moved })) {
      if (isFleeting) throw reserved();
      requireReadableName(name, 'name');
      const key = visibility === undefined ? room.nameKey : privateKeyOf(room);
      return { name: { shown, key }, ...moved };
    }
    const { workspaceId }: { readonly workspaceId: WorkspaceId } = room;
    if (room.kind === 'room') {
      // A name in the format of ids cannot be joined.
      if (isFleeting || isTemporary(name.key)) throw reserved();
      if (!('name' in toReference(written, 'name'))) throw reserved();
    }
    await requireNewName(this.#dependencies, name, { workspaceId, userId: user.id, field: 'name' });
    return { name, ...moved };
  }
}

/** Whether the user may change the settings of a room that the user may read. */
export function mayManage(user: Pick<User, 'role'>, found: FoundRoom): boolean {
  const { room, workspaceRole } = found;
  return mayManageRoom({ role: user.role, roomRole: heldRole(found), workspaceRole }, room.kind);
}

/** @throws {ChatError} FORBIDDEN, for those who are muted with the end of the mute. */
function requireManager(user: Pick<User, 'role'>, found: FoundRoom): void {
  if (mayManage(user, found)) return;
  throw found.mute === undefined ? new ChatError('FORBIDDEN') : muted(found.mute);
}

/** @throws {ChatError} VALIDATION_ERROR. */
export function toSettings({
  topic,
  description,
  slowModeSeconds,
  isDefault,
  ...rest
}: SettingsRequest): RoomChange {
  if (slowModeSeconds !== undefined) requireSlowMode(slowModeSeconds);
  return {
    ...(topic === undefined ? {} : { topic: isBlank(topic) ? '' : toLine(topic, TOPIC) }),
    ...(description === undefined
      ? {}
      : { description: isBlank(description) ? '' : toText(description, DESCRIPTION) }),
    ...Object.fromEntries(
      ROOM_PERMISSIONS.flatMap((each) => (rest[each] === undefined ? [] : [[each, rest[each]]])),
    ),
    ...(slowModeSeconds === undefined ? {} : { slowModeSeconds }),
    ...(isDefault === undefined ? {} : { isDefault }),
  };
}

/** @throws {ChatError} VALIDATION_ERROR. */
function requireSlowMode(seconds: number): void {
  const { slowModeSecondsMin: min, slowModeSecondsMax: max } = LIMITS;
  if (seconds === 0 || (seconds >= min && seconds <= max)) return;
  const message = `Slow mode is 0 for none, or ${min} to ${max} seconds`;
  throw new ChatError('VALIDATION_ERROR', { field: 'slowModeSeconds', message });
}

/**
 * Checks that a room may become one that everybody joins, or end to be one: it would be in all lists.
 *
 * @throws {ChatError} VALIDATION_ERROR for a private room; FORBIDDEN.
 */
export function requireDefaultable(
  { kind, isPrivate }: { readonly kind: Room['kind']; readonly isPrivate: boolean },
  holder: Parameters<typeof permits>[1],
): void {
  if (isPrivate) {
    const message = 'A private room cannot be one that everybody joins';
    throw new ChatError('VALIDATION_ERROR', { field: 'isDefault', message });
  }
  if (!permits('manage-channels', holder, kind)) {
    const message = 'Owners and admins decide which rooms everybody joins';
    throw new ChatError('FORBIDDEN', { field: 'isDefault', message });
  }
}

/**
 * Undefined if the visibility stays.
 *
 * @throws {ChatError} FORBIDDEN for moderators, and for users who would lose the room themselves.
 */
function toOtherVisibility(
  user: User,
  { room, role: roomRole, workspaceRole }: FoundRoom,
  requested: Room['visibility'] | undefined,
): Room['visibility'] | undefined {
  if (requested === undefined || requested === room.visibility) return undefined;
  // Either shows the messages of a private room to all, or takes a public one from other users.
  if (!mayGiveRoles({ role: user.role, roomRole, workspaceRole }, room.kind)) {
    throw new ChatError('FORBIDDEN');
  }
  if (requested === 'private' && roomRole === undefined) {
    const message = 'Only a member of the room can make it private: join it first';
    throw new ChatError('FORBIDDEN', { field: 'visibility', message });
  }
  return requested;
}

function nameTaken(): ChatError {
  return new ChatError('CONFLICT', { field: 'name', message: 'Another room has this name' });
}

function reserved(): ChatError {
  const message = 'A room cannot be given this name';
  return new ChatError('VALIDATION_ERROR', { field: 'name', message });
}
