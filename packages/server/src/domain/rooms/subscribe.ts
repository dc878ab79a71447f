/**
 * Opens rooms on a connection: subscribes, reads a snapshot and streams from it. Join and resume
 * both use this; the order guarantees that no event is missed between the steps.
 */

import assert from 'node:assert/strict';
import { ChatError, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import { PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { Room } from '../../model/room.ts';
import type { Position, RoomState } from '../../model/room-state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection, ConnectionStream, Subscription } from '../delivery/connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { SubscriptionHooks } from '../delivery/room-stream.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../direct/direct-room-identity.ts';
import { toChatError, unavailable } from '../errors.ts';
import type { CommitQueue } from '../event-log/commit-queue.ts';
import type { Presence } from '../presence/presence.ts';
import type { Typing } from '../presence/typing.ts';
import type { Throttle } from '../primitives/throttle.ts';
import type { DomainSettings } from '../settings.ts';
import type { RoomReaper } from './room-reaper.ts';

export interface MemberListDependencies {
  readonly presence: Pick<Presence, 'isHidden' | 'members'>;
}

export interface SubscribeDependencies extends MemberListDependencies {
  readonly settings: Pick<
    DomainSettings,
    'historyOnJoin' | 'catchUpEventsMax' | 'presenceGraceMs' | 'largeRoomPeople'
  >;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly logger: Logger;
  readonly store: Pick<Store, 'log'>;
  readonly commits: Pick<CommitQueue, 'settleCurrent'>;
  readonly streams: Pick<RoomStreamRegistry, 'use' | 'release' | 'isUsed'>;
  readonly typing: Pick<Typing, 'stop' | 'sendCurrent'>;
  /** Limits events about a whole room to one per interval. */
  readonly throttle: Pick<Throttle, 'run'>;
  readonly roomReaper: Pick<RoomReaper, 'isUsed' | 'becameEmpty'>;
}

export interface RoomRequest {
  readonly room: Room;
  /** The position up to which the client has the room; undefined for a first join. */
  readonly position: Position | undefined;
}

/** A room's state when it was opened. */
export interface OpenedRoom {
  readonly kind: 'opened';
  readonly room: Room;
  readonly state: RoomState;
  readonly members: readonly Member[];
  readonly memberCount: number;
}

export interface RejectedRoom {
  readonly kind: 'rejected';
  readonly room: Room;
  readonly error: ChatError;
}

interface LoadingRoom extends RoomRequest {
  readonly kind: 'loading';
  readonly subscription: Subscription;
  state: RoomState;
}

/** Maximum number of reads: a stream can outrun a slow read by more than its recent events. */
const READS_MAX = 5;
/** Number of characters after which a reply takes no further rooms. */
const REPLY_LENGTH_MAX = 4 * 1024 * 1024;
const ROOMS_READ_AT_ONCE = 8;
/** Maximum number of members in one reply; clients fetch the rest by pages. */
const MEMBERS_LISTED_MAX = 200;

/**
 * Opens the rooms and calls `reply` once, with all of them, before anything later than their
 * snapshots is sent. `reply` is not called if the connection closes meanwhile.
 */
export async function openRooms(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  requests: readonly RoomRequest[],
  reply: (rooms: readonly (OpenedRoom | RejectedRoom)[]) => void,
): Promise<void> {
  const loading = await loadRooms(dependencies, connection, requests);
  await catchUpWithStreams(dependencies, loading);
  // From here to the start of the streams nothing is awaited.
  const results = loading.map((room) => rejectOutrun(dependencies, room));
  if (connection.isClosed) return;

  const rooms = results.filter((result) => result.kind === 'loading');
  const newcomers = rooms.filter(({ subscription }) => subscription.stream.enter(subscription));
  reply(
    results.map((result) => (result.kind === 'loading' ? toOpened(dependencies, result) : result)),
  );
  for (const { subscription, state } of rooms) {
    subscription.stream.start(subscription, state.head.sequence);
    dependencies.typing.sendCurrent(connection, subscription.stream);
  }
  for (const { subscription } of newcomers.filter((room) => isOpen(room.subscription))) {
    announce(dependencies, subscription);
  }
}

/**
 * Reads a few rooms at a time. Rooms that do not fit into one reply are rejected as unavailable;
 * clients request them again.
 */
async function loadRooms(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  requests: readonly RoomRequest[],
): Promise<(LoadingRoom | RejectedRoom)[]> {
  const results: (LoadingRoom | RejectedRoom)[] = [];
  let length = 0;
  for (let first = 0; first < requests.length; first += ROOMS_READ_AT_ONCE) {
    const some = requests.slice(first, first + ROOMS_READ_AT_ONCE);
    if (length > REPLY_LENGTH_MAX) {
      results.push(
        ...some.map(({ room }) => ({ kind: 'rejected', room, error: unavailable() }) as const),
      );
      continue;
    }
    const loading = await Promise.all(
      some.map((request) => loadRoom(dependencies, connection, request)),
    );
    for (const result of loading) if (result.kind === 'loading') length += lengthOf(result.state);
    results.push(...loading);
  }
  return results;
}

/** Approximate length of the state on the wire. */
function lengthOf({ history, events }: RoomState): number {
  const perItem = 300;
  const texts = history.reduce((sum, { content }) => sum + content.length, 0);
  return texts + perItem * (history.length + events.length);
}

/** Subscribes the connection to the room's stream without starting it, and reads the snapshot. */
async function loadRoom(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  request: RoomRequest,
): Promise<LoadingRoom | RejectedRoom> {
  const { room } = request;
  let subscription: Subscription | undefined;
  try {
    subscription = await beginSubscription(dependencies, connection, room);
    const state = await readState(dependencies, connection, request);
    if (state.isMember) return { kind: 'loading', ...request, subscription, state };
    closeRoom(dependencies, subscription);
    return { kind: 'rejected', room, error: new ChatError('FORBIDDEN') };
  } catch (error) {
    if (subscription !== undefined) cancelLoading(dependencies, subscription);
    return { kind: 'rejected', room, error: toChatError(error) };
  }
}

/**
 * Subscribes to the room's stream without starting it.
 *
 * @throws {ChatError} NOT_IN_ROOM if the connection has closed.
 */
export async function beginSubscription(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  room: Room,
): Promise<Subscription> {
  const existing = connection.openRooms.get(room.id);
  if (existing !== undefined)
    return existing.stream.beginLoading(connection, hooksOf(dependencies));
  const suspended = connection.suspendedRooms.get(room.id);
  if (suspended !== undefined) {
    suspended.expiry.cancel();
    connection.suspendedRooms.delete(room.id);
    const subscription = suspended.subscription.stream.beginLoading(
      connection,
      hooksOf(dependencies),
    );
    connection.openRooms.set(room.id, subscription);
    return subscription;
  }
  const stream = await dependencies.streams.use(room);
  const isTaken = connection.openRooms.has(room.id) || connection.suspendedRooms.has(room.id);
  if (connection.isClosed || isTaken) {
    dependencies.streams.release(stream);
    if (connection.isClosed) throw new ChatError('NOT_IN_ROOM');
    return beginSubscription(dependencies, connection, room); // An event opened it meanwhile.
  }
  const subscription = subscriptionInStream(dependencies, connection, stream);
  // If an event was opening the room, the client's snapshot includes all that it would have
  // brought.
  for (const { run } of connection.openings.get(room.id)?.acknowledgements.splice(0) ?? []) {
    run();
  }
  return subscription;
}

/** Subscribes to a stream that the caller uses, without starting it. */
export function subscriptionInStream(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  stream: ConnectionStream,
): Subscription {
  dependencies.roomReaper.isUsed(stream.room);
  const subscription = stream.beginLoading(connection, hooksOf(dependencies));
  connection.openRooms.set(stream.room.id, subscription);
  return subscription;
}

/** @throws {ChatError} NOT_FOUND. */
async function readState(
  { commits, settings, store }: SubscribeDependencies,
  connection: ChatConnection,
  { room, position }: RoomRequest,
): Promise<RoomState> {
  const { historyOnJoin: historyCount, catchUpEventsMax: catchUpMax } = settings;
  const limits = { historyCount, catchUpMax, bytesMax: PAGE_BYTES_MAX };
  const read = { roomId: room.id, userId: connection.user.id, position, ...limits };
  const state = await store.log.readRoom(read);
  if (state === undefined) throw new ChatError('NOT_FOUND');
  // The connection's pending commands are acknowledged before the snapshot that includes them.
  if (connection.pendingCommands > 0) await commits.settleCurrent();
  return state;
}

/** Repeats the reads that a stream has outrun, until all rooms can start in the same tick. */
async function catchUpWithStreams(
  dependencies: SubscribeDependencies,
  rooms: readonly (LoadingRoom | RejectedRoom)[],
): Promise<void> {
  for (let reads = 0; reads < READS_MAX; reads += 1) {
    const behind = rooms.filter((room) => room.kind === 'loading').filter(isOutrun);
    if (behind.length === 0) break;
    await Promise.all(behind.map((room) => refresh(dependencies, room)));
  }
}

/** Rejects a room for now if it still cannot start, or was closed meanwhile. */
function rejectOutrun(
  dependencies: SubscribeDependencies,
  room: LoadingRoom | RejectedRoom,
): LoadingRoom | RejectedRoom {
  if (room.kind !== 'loading' || canStart(room)) return room;
  cancelLoading(dependencies, room.subscription);
  return { kind: 'rejected', room: room.room, error: unavailable() };
}

function canStart(room: LoadingRoom): boolean {
  const { subscription, state } = room;
  return (
    isOpen(subscription) &&
    !isOutrun(room) &&
    subscription.stream.acknowledgeUpTo(subscription, state.head.sequence) &&
    isOpen(subscription)
  );
}

async function refresh(dependencies: SubscribeDependencies, room: LoadingRoom): Promise<void> {
  try {
    const state = await readState(dependencies, room.subscription.connection, room);
    // A client that has lost access meanwhile is informed in the stream.
    if (state.isMember) room.state = state;
  } catch {
    // The room stays outrun, and is rejected as unavailable after the last read.
  }
}

function isOutrun({ subscription, state }: LoadingRoom): boolean {
  return !subscription.stream.reaches(state.head.sequence);
}

function isOpen(subscription: Subscription): boolean {
  const { connection, stream } = subscription;
  return connection.openRooms.get(stream.room.id) === subscription;
}

/**
 * Continues a room that was open, or informs the client that it cannot continue; closes a room that
 * was not open.
 */
function cancelLoading(dependencies: SubscribeDependencies, subscription: Subscription): void {
  const { stream } = subscription;
  if (!isOpen(subscription) || stream.cancelLoading(subscription)) return;
  if (stream.isOpenOn(subscription)) resyncRoom(dependencies, subscription);
  else closeRoom(dependencies, subscription);
}

function toOpened(
  dependencies: SubscribeDependencies,
  { room, state, subscription }: LoadingRoom,
): OpenedRoom {
  const { stream } = subscription;
  const members = listSome(dependencies, stream, subscription.connection.user.id);
  return { kind: 'opened', room, state, members, memberCount: stream.memberCount };
}

/** A part of the members of a large room: sorting all of them for each join would cost too much. */
function listSome(
  dependencies: MemberListDependencies,
  stream: ConnectionStream,
  viewerId: UserId,
): readonly Member[] {
  return listMembers(
    dependencies,
    take(visibleMembers(dependencies, stream, viewerId), MEMBERS_LISTED_MAX),
    viewerId,
  );
}

/** In a direct room, a block also hides whether the other user has it open. */
function* visibleMembers(
  { presence }: MemberListDependencies,
  stream: ConnectionStream,
  viewerId: UserId,
): Iterable<UserId> {
  const isDirect = stream.room.kind === 'direct';
  for (const id of stream.memberIds()) {
    if (!isDirect || !presence.isHidden(id, viewerId)) yield id;
  }
}

function* take<T>(items: Iterable<T>, countMax: number): Iterable<T> {
  let count = 0;
  for (const item of items) {
    if (count >= countMax) return;
    count += 1;
    yield item;
  }
}

/** Sorted by username. */
export function listMembers(
  { presence }: MemberListDependencies,
  ids: Iterable<UserId>,
  viewerId?: UserId,
): readonly Member[] {
  return presence.members(ids, viewerId).sort((a, b) => compareNames(a.username, b.username));
}

/** Usernames differ in more than case, so none are equal. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Closes a room on a connection. The others are informed if it was the user's last connection
 * there.
 */
export function closeRoom(dependencies: SubscribeDependencies, subscription: Subscription): void {
  const isLast = leaveStream(dependencies, subscription);
  if (!isLast) return;
  broadcastToOthers(dependencies, subscription, 'user-left');
  broadcastIfShrunk(dependencies, subscription.stream);
}

/** Shared by all subscriptions: there are tens of thousands of them. */
const hooksByDependencies = new WeakMap<SubscribeDependencies, SubscriptionHooks<ChatConnection>>();

function hooksOf(dependencies: SubscribeDependencies): SubscriptionHooks<ChatConnection> {
  const hooks = hooksByDependencies.get(dependencies) ?? {
    // The event that ended the membership is in the log, so the others get it from the stream.
    onAccessLost: (subscription) => {
      if (leaveStream(dependencies, subscription))
        broadcastIfShrunk(dependencies, subscription.stream);
    },
    onTooFarBehind: (subscription) => resyncRoom(dependencies, subscription),
  };
  hooksByDependencies.set(dependencies, hooks);
  return hooks;
}

/**
 * Closes a room on a connection whose client is too far behind, and makes the client fetch the room
 * again. The others are informed only if the client does not come back.
 */
export function resyncRoom(dependencies: SubscribeDependencies, subscription: Subscription): void {
  const { connection, stream } = subscription;
  const { id: roomId } = stream.room;
  // An acknowledgement in another room may have made the client leave this one.
  if (!isOpen(subscription)) return;
  connection.openRooms.delete(roomId);
  dependencies.typing.stop(connection, stream);
  const headSequence = stream.head ?? 0;
  broadcast({ kind: 'resync-required', roomId, headSequence }, [connection]);
  stream.suspend(subscription);
  const expiry = dependencies.clock.schedule(dependencies.settings.presenceGraceMs, () => {
    closeRoom(dependencies, subscription);
  });
  connection.suspendedRooms.set(roomId, { subscription, expiry });
  dependencies.logger.record({ event: 'room.resync', connectionId: connection.id, roomId });
}

/**
 * Sends the current members and their read positions to a client that has missed events about them.
 */
export function sendMembers(
  dependencies: SubscribeDependencies,
  { connection, stream }: Subscription,
): void {
  const { memberCount, room } = stream;
  const { id: userId } = connection.user;
  const members = listSome(dependencies, stream, userId);
  broadcast({ kind: 'members', roomId: room.id, members, memberCount }, [connection]);
  for (const position of stream.readPositions) {
    if (!dependencies.presence.isHidden(position.userId, userId)) broadcast(position, [connection]);
  }
}

/** Returns whether it was the last connection of a user who was in the room. */
function leaveStream(dependencies: SubscribeDependencies, subscription: Subscription): boolean {
  const { connection, stream } = subscription;
  const suspended = connection.suspendedRooms.get(stream.room.id);
  suspended?.expiry.cancel();
  connection.suspendedRooms.delete(stream.room.id);
  assert(connection.openRooms.delete(stream.room.id) || suspended !== undefined);
  dependencies.typing.stop(connection, stream);
  const countBefore = stream.memberCount;
  const isLast = stream.release(subscription);
  if (isLast) record(dependencies, 'room.left', subscription, countBefore);
  dependencies.streams.release(stream);
  if (!dependencies.streams.isUsed(stream.room.id))
    dependencies.roomReaper.becameEmpty(stream.room);
  return isLast;
}

function announce(dependencies: SubscribeDependencies, subscription: Subscription): void {
  announceJoin(dependencies, subscription);
  record(dependencies, 'room.joined', subscription, subscription.stream.memberCount - 1);
}

/** For a user's first connection in the room. */
export function announceJoin(
  dependencies: SubscribeDependencies,
  subscription: Subscription,
): void {
  broadcastToOthers(dependencies, subscription, 'user-joined');
}

function broadcastToOthers(
  dependencies: SubscribeDependencies,
  { connection, stream }: Subscription,
  kind: 'user-joined' | 'user-left',
): void {
  const { room } = stream;
  const isAmongFew = isDirectOrGroup(room);
  if (!isAmongFew && stream.memberCount > dependencies.settings.largeRoomPeople) {
    broadcastMemberCount(dependencies, stream);
    return;
  }
  const { id: userId, username } = connection.user;
  // If a direct or group room opens automatically, having it open means nothing.
  const others = [...stream.connections()].filter(
    ({ user, link }) => user.id !== userId && !isAutoSubscribed(link.dialect, room),
  );
  const seeing = others.filter(({ user }) => !dependencies.presence.isHidden(userId, user.id));
  broadcast({ kind, roomId: room.id, userId, username }, room.kind === 'direct' ? seeing : others);
  if (kind === 'user-left') return;
  // A user who joins appears online; another status follows at once.
  const [member] = dependencies.presence.members([userId]);
  if (member === undefined || (member.status === 'online' && !member.statusText)) return;
  broadcast({ kind: 'presence', member }, seeing);
}

/**
 * For a large room that no longer is large: its members were not informed about joins, leaves and
 * presence while it was.
 */
function broadcastIfShrunk(dependencies: SubscribeDependencies, stream: ConnectionStream): void {
  if (isDirectOrGroup(stream.room)) return;
  if (stream.memberCount === dependencies.settings.largeRoomPeople)
    broadcastMemberCount(dependencies, stream);
}

/**
 * Sends the member count of a large room, at most once a second; the member list if the room is
 * small by then.
 */
function broadcastMemberCount(
  { throttle, presence, settings }: SubscribeDependencies,
  stream: ConnectionStream,
): void {
  const { id: roomId } = stream.room;
  throttle.run(`count ${roomId}`, () => {
    const { memberCount } = stream;
    if (memberCount > settings.largeRoomPeople) {
      broadcast({ kind: 'member-count', roomId, memberCount }, stream.connections());
    } else {
      const ids = [...stream.memberIds()];
      const all = listMembers({ presence }, ids);
      for (const connection of stream.connections()) {
        const { id: viewerId } = connection.user;
        const seesAll = !ids.some((id) => presence.isHidden(id, viewerId));
        const members = seesAll ? all : listMembers({ presence }, ids, viewerId);
        broadcast({ kind: 'members', roomId, members, memberCount }, [connection]);
      }
    }
  });
}

function record(
  { logger }: SubscribeDependencies,
  event: 'room.joined' | 'room.left',
  { connection, stream }: Subscription,
  memberCountBefore: number,
): void {
  logger.record({
    event,
    connectionId: connection.id,
    userId: connection.user.id,
    roomId: stream.room.id,
    memberCountBefore,
    memberCount: stream.memberCount,
  });
}
