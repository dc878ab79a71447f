/**
 * Opens rooms on a connection: subscribe, read a snapshot, stream from it. Join
 * and resume are both this; the order makes that nothing falls between.
 */
import assert from 'node:assert/strict';
import { ChatError, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { Room } from '../../model/room.ts';
import type { Position, RoomState } from '../../model/room-state.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStream, Subscription, SubscriptionHooks } from '../delivery/room-stream.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../direct/direct-room-rules.ts';
import { toChatError, unavailable } from '../errors.ts';
import type { Parts } from '../parts.ts';

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
  parts: Parts,
  connection: ChatConnection,
  requests: readonly RoomRequest[],
  reply: (rooms: readonly (OpenedRoom | RejectedRoom)[]) => void,
): Promise<void> {
  const held = await holdRooms(parts, connection, requests);
  await catchUpWithStreams(parts, held);
  // When nothing can come between it and the start of the streams.
  const results = held.map((room) => giveUpOutrun(parts, room));
  if (connection.isClosed) return;

  const rooms = results.filter((result) => result.kind === 'held');
  const newcomers = rooms.filter(({ subscription }) => subscription.stream.enter(subscription));
  reply(results.map((result) => (result.kind === 'held' ? toOpened(parts, result) : result)));
  for (const { subscription, state } of rooms) {
    subscription.stream.start(subscription, state.head.sequence);
    parts.typing.sendCurrent(connection, subscription.stream);
  }
  for (const { subscription } of newcomers.filter((room) => isOpen(room.subscription))) {
    announce(parts, subscription);
  }
}

/** A few at a time; what no longer fits into one answer is refused for now, and asked for again. */
async function holdRooms(
  parts: Parts,
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
    const held = await Promise.all(some.map((request) => holdRoom(parts, connection, request)));
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
  parts: Parts,
  connection: ChatConnection,
  request: RoomRequest,
): Promise<HeldRoom | RejectedRoom> {
  const { room } = request;
  let subscription: Subscription | undefined;
  try {
    subscription = await beginSubscription(parts, connection, room);
    const state = await readState(parts, connection, request);
    if (state.isMember) return { kind: 'held', ...request, subscription, state };
    closeRoom(parts, subscription);
    return { kind: 'refused', room, error: new ChatError('FORBIDDEN') };
  } catch (error) {
    if (subscription !== undefined) undoHold(parts, subscription);
    return { kind: 'refused', room, error: toChatError(error) };
  }
}

/** A place in the room's stream, held. @throws {ChatError} NOT_IN_ROOM where the connection has ended. */
export async function beginSubscription(
  parts: Parts,
  connection: ChatConnection,
  room: Room,
): Promise<Subscription> {
  const there = connection.openRooms.get(room.id);
  if (there !== undefined) return there.stream.beginLoading(connection, hooksOf(parts));
  const suspended = connection.suspendedRooms.get(room.id);
  if (suspended !== undefined) {
    suspended.expiry.cancel();
    connection.suspendedRooms.delete(room.id);
    const subscription = suspended.subscription.stream.beginLoading(connection, hooksOf(parts));
    connection.openRooms.set(room.id, subscription);
    return subscription;
  }
  const stream = await parts.streams.use(room);
  const isTaken = connection.openRooms.has(room.id) || connection.suspendedRooms.has(room.id);
  if (connection.isClosed || isTaken) {
    parts.streams.release(stream);
    if (connection.isClosed) throw new ChatError('NOT_IN_ROOM');
    return beginSubscription(parts, connection, room); // Opened by an event meanwhile.
  }
  const subscription = subscriptionInStream(parts, connection, stream);
  // Where an event was opening it, the client's snapshot stands for all that this was to bring.
  for (const { run } of connection.openings.get(room.id)?.answers.splice(0) ?? []) run();
  return subscription;
}

/** A place, held, in a stream that is used for it. */
export function subscriptionInStream(
  parts: Parts,
  connection: ChatConnection,
  stream: RoomStream,
): Subscription {
  parts.roomReaper.isUsed(stream.room);
  const subscription = stream.beginLoading(connection, hooksOf(parts));
  connection.openRooms.set(stream.room.id, subscription);
  return subscription;
}

/** @throws {ChatError} NOT_FOUND. */
async function readState(
  { commits, settings, store }: Parts,
  connection: ChatConnection,
  { room, position }: RoomRequest,
): Promise<RoomState> {
  const { historyOnJoin: historyCount, catchUpEventsMax: catchUpMax } = settings;
  const read = { roomId: room.id, userId: connection.user.id, position, historyCount, catchUpMax };
  const state = await store.log.readRoom(read);
  if (state === undefined) throw new ChatError('NOT_FOUND');
  // What this connection has under way is acknowledged before the snapshot that holds it.
  if (connection.commandsUnderWay > 0) await commits.settleCurrent();
  return state;
}

/** Reads again what a stream has outrun, until all the rooms can start at one instant. */
async function catchUpWithStreams(
  parts: Parts,
  rooms: readonly (HeldRoom | RejectedRoom)[],
): Promise<void> {
  for (let reads = 0; reads < READS_MAX; reads += 1) {
    const behind = rooms.filter((room) => room.kind === 'held').filter(isOutrun);
    if (behind.length === 0) break;
    await Promise.all(behind.map((room) => refresh(parts, room)));
  }
}

/** A room that still cannot start, or was closed meanwhile, is refused for now. */
function giveUpOutrun(parts: Parts, room: HeldRoom | RejectedRoom): HeldRoom | RejectedRoom {
  if (room.kind !== 'held' || canStart(room)) return room;
  undoHold(parts, room.subscription);
  return { kind: 'refused', room: room.room, error: unavailable() };
}

function canStart(room: HeldRoom): boolean {
  const { subscription, state } = room;
  return (
    isOpen(subscription) &&
    !isOutrun(room) &&
    subscription.stream.answerUpTo(subscription, state.head.sequence) &&
    isOpen(subscription)
  );
}

async function refresh(parts: Parts, room: HeldRoom): Promise<void> {
  try {
    const state = await readState(parts, room.subscription.connection, room);
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
function undoHold(parts: Parts, subscription: Subscription): void {
  const { stream } = subscription;
  if (!isOpen(subscription) || stream.cancelLoading(subscription)) return;
  if (stream.isOpenOn(subscription)) resyncRoom(parts, subscription);
  else closeRoom(parts, subscription);
}

function toOpened(parts: Parts, { room, state, subscription }: HeldRoom): OpenedRoom {
  const { stream } = subscription;
  const members = listSome(parts, stream, subscription.connection.user.id);
  return { kind: 'opened', room, state, members, memberCount: stream.memberCount };
}

/** Of a large room some: sorting all for each who joins would be more than linear. */
function listSome(
  parts: Pick<Parts, 'people'>,
  stream: RoomStream,
  viewerId: UserId,
): readonly Member[] {
  return listMembers(parts, take(seenBy(parts, stream, viewerId), MEMBERS_LISTED_MAX), viewerId);
}

/** In a direct room a block hides also that the other has it open. */
function* seenBy(
  { people }: Pick<Parts, 'people'>,
  stream: RoomStream,
  viewerId: UserId,
): Iterable<UserId> {
  const isDirect = stream.room.kind === 'direct';
  for (const id of stream.memberIds()) {
    if (!isDirect || !people.isHidden(id, viewerId)) yield id;
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
  { people }: Pick<Parts, 'people'>,
  ids: Iterable<UserId>,
  viewerId?: UserId,
): readonly Member[] {
  return people.members(ids, viewerId).sort((a, b) => compareNames(a.username, b.username));
}

/** Usernames differ in more than case, so none are equal. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Closes a room on a connection. The others are told when it was the person's last there. */
export function closeRoom(parts: Parts, subscription: Subscription): void {
  const isLast = leaveStream(parts, subscription);
  if (!isLast) return;
  broadcastToOthers(parts, subscription, 'user-left');
  broadcastIfShrunk(parts, subscription.stream);
}

/** The same for all places: there are ten thousands of them. */
const hooksByParts = new WeakMap<Parts, SubscriptionHooks>();

function hooksOf(parts: Parts): SubscriptionHooks {
  const hooks = hooksByParts.get(parts) ?? {
    // The event that ended the membership has its place in the log: the others hear that.
    onAccessLost: (subscription) => {
      if (leaveStream(parts, subscription)) broadcastIfShrunk(parts, subscription.stream);
    },
    onTooFarBehind: (subscription) => resyncRoom(parts, subscription),
  };
  hooksByParts.set(parts, hooks);
  return hooks;
}

/**
 * Closes a room on a connection whose client is too far behind, and tells it to
 * fetch the room anew. The others hear of it only if it does not come back.
 */
export function resyncRoom(parts: Parts, subscription: Subscription): void {
  const { connection, stream } = subscription;
  const { id: roomId } = stream.room;
  // What another room's place was owed may have let the client leave this one.
  if (!isOpen(subscription)) return;
  connection.openRooms.delete(roomId);
  parts.typing.stop(connection, stream);
  const headSequence = stream.head ?? 0;
  broadcast({ kind: 'resync-required', roomId, headSequence }, [connection]);
  stream.suspend(subscription);
  const expiry = parts.clock.schedule(parts.settings.presenceGraceMs, () => {
    closeRoom(parts, subscription);
  });
  connection.suspendedRooms.set(roomId, { subscription, expiry });
  parts.logger.record({ event: 'room.resync', connectionId: connection.id, roomId });
}

/** Who is in the room now, and up to where they have read, for one who has missed notices of it. */
export function sendMembers(parts: Parts, { connection, stream }: Subscription): void {
  const { memberCount, room } = stream;
  const { id: userId } = connection.user;
  const members = listSome(parts, stream, userId);
  broadcast({ kind: 'members', roomId: room.id, members, memberCount }, [connection]);
  for (const position of stream.readPositions) {
    if (!parts.people.isHidden(position.userId, userId)) broadcast(position, [connection]);
  }
}

/** Whether it was the last connection of a person who was in the room. */
function leaveStream(parts: Parts, subscription: Subscription): boolean {
  const { connection, stream } = subscription;
  const suspended = connection.suspendedRooms.get(stream.room.id);
  suspended?.expiry.cancel();
  connection.suspendedRooms.delete(stream.room.id);
  assert(connection.openRooms.delete(stream.room.id) || suspended !== undefined);
  parts.typing.stop(connection, stream);
  const countBefore = stream.memberCount;
  const isLast = stream.release(subscription);
  if (isLast) record(parts, 'room.left', subscription, countBefore);
  parts.streams.release(stream);
  if (!parts.streams.isUsed(stream.room.id)) parts.roomReaper.becameEmpty(stream.room);
  return isLast;
}

function announce(parts: Parts, subscription: Subscription): void {
  announceJoin(parts, subscription);
  record(parts, 'room.joined', subscription, subscription.stream.memberCount - 1);
}

/** Of a person's first connection in the room. */
export function announceJoin(parts: Parts, subscription: Subscription): void {
  broadcastToOthers(parts, subscription, 'user-joined');
}

function broadcastToOthers(
  parts: Parts,
  { connection, stream }: Subscription,
  kind: 'user-joined' | 'user-left',
): void {
  const { room } = stream;
  const isAmongFew = isDirectOrGroup(room);
  if (!isAmongFew && stream.memberCount > parts.settings.largeRoomPeople) {
    broadcastMemberCount(parts, stream);
    return;
  }
  const { id: userId, username } = connection.user;
  // Where a conversation is open by itself, that one has it open says nothing.
  const others = [...stream.connections()].filter(
    ({ user, link }) => user.id !== userId && !isAutoSubscribed(link.dialect, room),
  );
  const seeing = others.filter(({ user }) => !parts.people.isHidden(userId, user.id));
  broadcast({ kind, roomId: room.id, userId, username }, room.kind === 'direct' ? seeing : others);
  if (kind === 'user-left') return;
  // Who joins is taken to be online; whoever has chosen otherwise is told so right behind.
  const [member] = parts.people.members([userId]);
  if (member === undefined || (member.status === 'online' && !member.statusText)) return;
  broadcast({ kind: 'presence', member }, seeing);
}

/** A large room that is one no longer: nobody in it was told who came, went or changed while it was. */
function broadcastIfShrunk(parts: Parts, stream: RoomStream): void {
  if (isDirectOrGroup(stream.room)) return;
  if (stream.memberCount === parts.settings.largeRoomPeople) broadcastMemberCount(parts, stream);
}

/** How many are in a large room, at most once a second; in one that is small by then, who they are. */
function broadcastMemberCount({ throttle, people, settings }: Parts, stream: RoomStream): void {
  const { id: roomId } = stream.room;
  throttle.run(`count ${roomId}`, () => {
    const { memberCount } = stream;
    if (memberCount > settings.largeRoomPeople) {
      broadcast({ kind: 'member-count', roomId, memberCount }, stream.connections());
    } else {
      const ids = [...stream.memberIds()];
      const all = listMembers({ people }, ids);
      for (const connection of stream.connections()) {
        const { id: viewerId } = connection.user;
        const seesAll = !ids.some((id) => people.isHidden(id, viewerId));
        const members = seesAll ? all : listMembers({ people }, ids, viewerId);
        broadcast({ kind: 'members', roomId, members, memberCount }, [connection]);
      }
    }
  });
}

function record(
  { logger }: Parts,
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
