/**
 * Opens rooms on a connection: subscribe, read a snapshot, stream from it. Join
 * and resume are both this; the order makes that nothing falls between.
 */

import assert from 'node:assert/strict';
import { ChatError, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { Position, RoomState } from '../../model/room-state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection, ConnectionStream, Subscription } from '../delivery/connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { SubscriptionHooks } from '../delivery/room-stream.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../direct/direct-room-rules.ts';
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
  /** Up to where the client has the room; undefined for a first join. */
  readonly position: Position | undefined;
}

/** A room's state as the joiner gets it. */
export interface OpenedRoom {
  readonly kind: 'opened';
  readonly room: Room;
  readonly state: RoomState;
  readonly members: readonly Member[];
  readonly memberCount: number;
}

export interface RejectedRoom {
  readonly kind: 'refused';
  readonly room: Room;
  readonly error: ChatError;
}

interface HeldRoom extends RoomRequest {
  readonly kind: 'held';
  readonly subscription: Subscription;
  state: RoomState;
}

/** A stream can outrun a slow read by more than its tail; so often is the read repeated. */
const READS_MAX = 5;
/** Characters after which an answer takes no further rooms. */
const ANSWER_LENGTH_MAX = 4 * 1024 * 1024;
const ROOMS_READ_AT_ONCE = 8;
/** People that one answer lists; the rest by pages. */
const MEMBERS_LISTED_MAX = 200;

/**
 * Opens the rooms and calls `reply` once, with all of them, before anything that
 * is later than their snapshots goes to the connection. It is not called where the
 * connection ends meanwhile.
 */
export async function openRooms(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  requests: readonly RoomRequest[],
  reply: (rooms: readonly (OpenedRoom | RejectedRoom)[]) => void,
): Promise<void> {
  const held = await holdRooms(dependencies, connection, requests);
  await catchUpWithStreams(dependencies, held);
  // When nothing can come between it and the start of the streams.
  const results = held.map((room) => giveUpOutrun(dependencies, room));
  if (connection.isClosed) return;

  const rooms = results.filter((result) => result.kind === 'held');
  const newcomers = rooms.filter(({ subscription }) => subscription.stream.enter(subscription));
  reply(
    results.map((result) => (result.kind === 'held' ? toOpened(dependencies, result) : result)),
  );
  for (const { subscription, state } of rooms) {
    subscription.stream.start(subscription, state.head.sequence);
    dependencies.typing.sendCurrent(connection, subscription.stream);
  }
  for (const { subscription } of newcomers.filter((room) => isOpen(room.subscription))) {
    announce(dependencies, subscription);
  }
}

/** A few at a time; what no longer fits into one answer is refused for now, and asked for again. */
async function holdRooms(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  requests: readonly RoomRequest[],
): Promise<(HeldRoom | RejectedRoom)[]> {
  const results: (HeldRoom | RejectedRoom)[] = [];
  let length = 0;
  for (let first = 0; first < requests.length; first += ROOMS_READ_AT_ONCE) {
    const some = requests.slice(first, first + ROOMS_READ_AT_ONCE);
    if (length > ANSWER_LENGTH_MAX) {
      results.push(
        ...some.map(({ room }) => ({ kind: 'refused', room, error: unavailable() }) as const),
      );
      continue;
    }
    const held = await Promise.all(
      some.map((request) => holdRoom(dependencies, connection, request)),
    );
    for (const result of held) if (result.kind === 'held') length += lengthOf(result.state);
    results.push(...held);
  }
  return results;
}

/** About as long as the state is on the wire. */
function lengthOf({ history, events }: RoomState): number {
  const perItem = 300;
  const texts = history.reduce((sum, { content }) => sum + content.length, 0);
  return texts + perItem * (history.length + events.length);
}

/** Takes the connection's place in the room's stream, held, and reads the snapshot. */
async function holdRoom(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  request: RoomRequest,
): Promise<HeldRoom | RejectedRoom> {
  const { room } = request;
  let subscription: Subscription | undefined;
  try {
    subscription = await beginSubscription(dependencies, connection, room);
    const state = await readState(dependencies, connection, request);
    if (state.isMember) return { kind: 'held', ...request, subscription, state };
    closeRoom(dependencies, subscription);
    return { kind: 'refused', room, error: new ChatError('FORBIDDEN') };
  } catch (error) {
    if (subscription !== undefined) undoHold(dependencies, subscription);
    return { kind: 'refused', room, error: toChatError(error) };
  }
}

/** A place in the room's stream, held. @throws {ChatError} NOT_IN_ROOM where the connection has ended. */
export async function beginSubscription(
  dependencies: SubscribeDependencies,
  connection: ChatConnection,
  room: Room,
): Promise<Subscription> {
  const there = connection.openRooms.get(room.id);
  if (there !== undefined) return there.stream.beginLoading(connection, hooksOf(dependencies));
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
    return beginSubscription(dependencies, connection, room); // Opened by an event meanwhile.
  }
  const subscription = subscriptionInStream(dependencies, connection, stream);
  // Where an event was opening it, the client's snapshot stands for all that this was to bring.
  for (const { run } of connection.openings.get(room.id)?.acknowledgements.splice(0) ?? []) {
    run();
  }
  return subscription;
}

/** A place, held, in a stream that is used for it. */
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
  const read = { roomId: room.id, userId: connection.user.id, position, historyCount, catchUpMax };
  const state = await store.log.readRoom(read);
  if (state === undefined) throw new ChatError('NOT_FOUND');
  // What this connection has under way is acknowledged before the snapshot that holds it.
  if (connection.pendingCommands > 0) await commits.settleCurrent();
  return state;
}

/** Reads again what a stream has outrun, until all the rooms can start at one instant. */
async function catchUpWithStreams(
  dependencies: SubscribeDependencies,
  rooms: readonly (HeldRoom | RejectedRoom)[],
): Promise<void> {
  for (let reads = 0; reads < READS_MAX; reads += 1) {
    const behind = rooms.filter((room) => room.kind === 'held').filter(isOutrun);
    if (behind.length === 0) break;
    await Promise.all(behind.map((room) => refresh(dependencies, room)));
  }
}

/** A room that still cannot start, or was closed meanwhile, is refused for now. */
function giveUpOutrun(
  dependencies: SubscribeDependencies,
  room: HeldRoom | RejectedRoom,
): HeldRoom | RejectedRoom {
  if (room.kind !== 'held' || canStart(room)) return room;
  undoHold(dependencies, room.subscription);
  return { kind: 'refused', room: room.room, error: unavailable() };
}

function canStart(room: HeldRoom): boolean {
  const { subscription, state } = room;
  return (
    isOpen(subscription) &&
    !isOutrun(room) &&
    subscription.stream.acknowledgeUpTo(subscription, state.head.sequence) &&
    isOpen(subscription)
  );
}

async function refresh(dependencies: SubscribeDependencies, room: HeldRoom): Promise<void> {
  try {
    const state = await readState(dependencies, room.subscription.connection, room);
    // One who has lost access meanwhile hears so in the stream.
    if (state.isMember) room.state = state;
  } catch {
    // It stays outrun, and is refused as not available when the tries are used up.
  }
}

function isOutrun({ subscription, state }: HeldRoom): boolean {
  return !subscription.stream.reaches(state.head.sequence);
}

function isOpen(subscription: Subscription): boolean {
  const { connection, stream } = subscription;
  return connection.openRooms.get(stream.room.id) === subscription;
}

/** A room that was open goes on as it was, or the client is told that it does not; another is closed again. */
function undoHold(dependencies: SubscribeDependencies, subscription: Subscription): void {
  const { stream } = subscription;
  if (!isOpen(subscription) || stream.cancelLoading(subscription)) return;
  if (stream.isOpenOn(subscription)) resyncRoom(dependencies, subscription);
  else closeRoom(dependencies, subscription);
}

function toOpened(
  dependencies: SubscribeDependencies,
  { room, state, subscription }: HeldRoom,
): OpenedRoom {
  const { stream } = subscription;
  const members = listSome(dependencies, stream, subscription.connection.user.id);
  return { kind: 'opened', room, state, members, memberCount: stream.memberCount };
}

/** Of a large room some: sorting all for each who joins would be more than linear. */
function listSome(
  dependencies: MemberListDependencies,
  stream: ConnectionStream,
  viewerId: UserId,
): readonly Member[] {
  return listMembers(
    dependencies,
    take(seenBy(dependencies, stream, viewerId), MEMBERS_LISTED_MAX),
    viewerId,
  );
}

/** In a direct room a block hides also that the other has it open. */
function* seenBy(
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

/** By username, as a person looks for them. */
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

/** Closes a room on a connection. The others are told when it was the person's last there. */
export function closeRoom(dependencies: SubscribeDependencies, subscription: Subscription): void {
  const isLast = leaveStream(dependencies, subscription);
  if (!isLast) return;
  broadcastToOthers(dependencies, subscription, 'user-left');
  broadcastIfShrunk(dependencies, subscription.stream);
}

/** The same for all places: there are ten thousands of them. */
const hooksByDependencies = new WeakMap<SubscribeDependencies, SubscriptionHooks<ChatConnection>>();

function hooksOf(dependencies: SubscribeDependencies): SubscriptionHooks<ChatConnection> {
  const hooks = hooksByDependencies.get(dependencies) ?? {
    // The event that ended the membership has its place in the log: the others hear that.
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
 * Closes a room on a connection whose client is too far behind, and tells it to
 * fetch the room anew. The others hear of it only if it does not come back.
 */
export function resyncRoom(dependencies: SubscribeDependencies, subscription: Subscription): void {
  const { connection, stream } = subscription;
  const { id: roomId } = stream.room;
  // What another room's place was owed may have let the client leave this one.
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

/** Who is in the room now, and up to where they have read, for one who has missed notices of it. */
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

/** Whether it was the last connection of a person who was in the room. */
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

/** Of a person's first connection in the room. */
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
  // Where a conversation is open by itself, that one has it open says nothing.
  const others = [...stream.connections()].filter(
    ({ user, link }) => user.id !== userId && !isAutoSubscribed(link.dialect, room),
  );
  const seeing = others.filter(({ user }) => !dependencies.presence.isHidden(userId, user.id));
  broadcast({ kind, roomId: room.id, userId, username }, room.kind === 'direct' ? seeing : others);
  if (kind === 'user-left') return;
  // Who joins is taken to be online; whoever has chosen otherwise is told so right behind.
  const [member] = dependencies.presence.members([userId]);
  if (member === undefined || (member.status === 'online' && !member.statusText)) return;
  broadcast({ kind: 'presence', member }, seeing);
}

/** A large room that is one no longer: nobody in it was told who came, went or changed while it was. */
function broadcastIfShrunk(dependencies: SubscribeDependencies, stream: ConnectionStream): void {
  if (isDirectOrGroup(stream.room)) return;
  if (stream.memberCount === dependencies.settings.largeRoomPeople)
    broadcastMemberCount(dependencies, stream);
}

/** How many are in a large room, at most once a second; in one that is small by then, who they are. */
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
