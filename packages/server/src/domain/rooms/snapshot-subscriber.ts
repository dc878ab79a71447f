/**
 * Opens rooms on a connection: subscribes, reads a snapshot and streams from it. Join and resume
 * both use this; the order guarantees that no event is missed between the steps.
 */

import { ChatError, type Epoch } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { MembershipChange } from '../../model/membership-change.ts';
import { eventBytes, ITEM_BYTES, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { Room } from '../../model/room.ts';
import type { Position, RoomState } from '../../model/room-state.ts';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection, Subscription } from '../delivery/chat-connection.ts';
import type { ClientMemoryBudget } from '../delivery/client-memory-budget.ts';
import { toChatError, unavailable } from '../errors.ts';
import type { CommitRouter } from '../event-log/commit-router.ts';
import type { Typing } from '../presence/typing.ts';
import type { DomainSettings } from '../settings.ts';
import type { SubscriptionLifecycle } from './subscription-lifecycle.ts';
import {
  countVisibleParticipants,
  listSomeParticipants,
  PARTICIPANTS_LISTED_MAX,
  type ParticipantListDependencies,
} from './visible-participants.ts';

interface SnapshotSubscriberDependencies extends ParticipantListDependencies {
  readonly settings: Pick<DomainSettings, 'historyOnJoin' | 'catchUpEventsMax'>;
  readonly budget: Pick<ClientMemoryBudget, 'grantAnswer'>;
  readonly store: Pick<Store, 'log' | 'rooms'>;
  readonly commits: Pick<CommitRouter, 'settleCurrent'>;
  readonly subscriptions: Pick<SubscriptionLifecycle, 'begin' | 'abandon' | 'announce' | 'close'>;
  readonly typing: Pick<Typing, 'sendCurrent'>;
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
  /** Users who belong to the room, whether or not they have it open. */
  readonly memberTotal: number;
  /** Gains and ends of memberships in that part of the log. */
  readonly changes: readonly MembershipChange[];
}

interface RejectedRoom {
  readonly kind: 'rejected';
  readonly room: Room;
  readonly error: ChatError;
  /** The subscription of a user who is no longer a member, which ends after the reply. */
  readonly ended?: Subscription;
}

/** A room to read, and the maximum bytes of its state. */
interface BoundedRequest extends RoomRequest {
  readonly bytesMax: number;
}

interface LoadingRoom extends BoundedRequest {
  readonly kind: 'loading';
  readonly subscription: Subscription;
  readonly changes: readonly MembershipChange[];
  readonly memberTotal: number;
  state: RoomState;
  /** The log that the stream followed when the read of the state began. */
  since: Epoch | undefined;
}

/** Maximum number of reads: a stream can outrun a slow read by more than its recent events. */
const READS_MAX = 5;
/** Maximum counted bytes of the rooms of one reply, which then has at most 4 MiB; the remaining rooms are rejected. */
const REPLY_BYTES_MAX = 3 * 1024 * 1024;
/** Bytes without which a room is not read: its newest page would be too short. */
const ROOM_BYTES_MIN = 64 * 1024;
const ROOMS_READ_AT_ONCE = 8;

export class SnapshotSubscriber {
  readonly #dependencies: SnapshotSubscriberDependencies;

  constructor(dependencies: SnapshotSubscriberDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Opens the rooms and calls `reply` once, with all of them, before anything later than their
   * snapshots is sent. `reply` is not called if the connection closes meanwhile.
   */
  async open(
    connection: ChatConnection,
    requests: readonly RoomRequest[],
    reply: (rooms: readonly (OpenedRoom | RejectedRoom)[]) => void,
  ): Promise<void> {
    const grant = this.#dependencies.budget.grantAnswer(
      Math.min(REPLY_BYTES_MAX, requests.length * PAGE_BYTES_MAX),
    );
    try {
      await this.#openGranted(connection, { requests, bytesMax: grant.bytes }, reply);
    } finally {
      grant.release();
    }
  }

  async #openGranted(
    connection: ChatConnection,
    granted: { readonly requests: readonly RoomRequest[]; readonly bytesMax: number },
    reply: (rooms: readonly (OpenedRoom | RejectedRoom)[]) => void,
  ): Promise<void> {
    const loading = await this.#loadRooms(connection, granted);
    await this.#catchUpWithStreams(loading);
    // From here to the start of the streams nothing is awaited.
    const results = loading.map((room) => this.#rejectOutrun(room));
    if (connection.isClosed) return;

    const rooms = results.filter((result) => result.kind === 'loading');
    const newcomers = rooms.filter(({ subscription }) => subscription.enter());
    reply(results.map((result) => (result.kind === 'loading' ? this.#toOpened(result) : result)));
    for (const { subscription, state } of rooms) {
      subscription.start(state.head);
      this.#dependencies.typing.sendCurrent(connection, subscription.stream);
    }
    for (const result of results) if (result.kind === 'rejected') this.#close(result);
    for (const { subscription } of newcomers) {
      if (subscription.isActive) this.#dependencies.subscriptions.announce(subscription);
    }
  }

  /**
   * Reads a few rooms at a time, each with a share of the bytes that are left. Rooms that do not fit
   * into one reply are rejected as unavailable; clients request them again.
   */
  async #loadRooms(
    connection: ChatConnection,
    {
      requests,
      bytesMax,
    }: { readonly requests: readonly RoomRequest[]; readonly bytesMax: number },
  ): Promise<(LoadingRoom | RejectedRoom)[]> {
    const results: (LoadingRoom | RejectedRoom)[] = [];
    let bytesLeft = bytesMax;
    while (results.length < requests.length) {
      const fitting = Math.floor(bytesLeft / ROOM_BYTES_MIN);
      if (fitting < 1 && results.length > 0) break;
      const count = Math.min(Math.max(fitting, 1), ROOMS_READ_AT_ONCE);
      const some = requests.slice(results.length, results.length + count);
      const share = Math.min(PAGE_BYTES_MAX, Math.floor(bytesLeft / some.length));
      const loading = await Promise.all(
        some.map((request) => this.#loadRoom(connection, { ...request, bytesMax: share })),
      );
      for (const result of loading) if (result.kind === 'loading') bytesLeft -= bytesOf(result);
      results.push(...loading);
    }
    for (const { room } of requests.slice(results.length)) {
      results.push({ kind: 'rejected', room, error: unavailable() });
    }
    return results;
  }

  /** Subscribes the connection to the room's stream without starting it, and reads the snapshot. */
  async #loadRoom(
    connection: ChatConnection,
    request: BoundedRequest,
  ): Promise<LoadingRoom | RejectedRoom> {
    const { room } = request;
    const { subscriptions } = this.#dependencies;
    let subscription: Subscription | undefined;
    try {
      subscription = await subscriptions.begin(connection, room);
      const since = subscription.stream.epoch;
      const [state, changes, totals] = await Promise.all([
        this.#readState(connection, request),
        this.#readChanges(request),
        this.#dependencies.store.rooms.countMembers([room.id]),
      ]);
      if (state.isMember) {
        const memberTotal = totals.get(room.id) ?? 0;
        return { kind: 'loading', ...request, subscription, state, changes, memberTotal, since };
      }
      return { kind: 'rejected', room, error: new ChatError('FORBIDDEN'), ended: subscription };
    } catch (error) {
      if (subscription !== undefined) subscriptions.abandon(subscription);
      return { kind: 'rejected', room, error: toChatError(error) };
    }
  }

  /** @throws {ChatError} NOT_FOUND. */
  async #readState(
    connection: ChatConnection,
    { room, position, bytesMax }: BoundedRequest,
  ): Promise<RoomState> {
    const { commits, settings, store } = this.#dependencies;
    const { historyOnJoin: historyCount, catchUpEventsMax: catchUpMax } = settings;
    const limits = { historyCount, catchUpMax, bytesMax };
    const read = { roomId: room.id, userId: connection.user.id, position, ...limits };
    const state = await store.log.readRoom(read);
    if (state === undefined) throw new ChatError('NOT_FOUND');
    // The connection's pending commands are acknowledged before the snapshot that includes them.
    if (connection.pendingCommands > 0) await commits.settleCurrent(room.id);
    return state;
  }

  /** The latest ones: those behind the client's position, or between the newest messages. */
  async #readChanges({ room, position }: RoomRequest): Promise<readonly MembershipChange[]> {
    if (room.kind === 'direct') return [];
    const query = { roomId: room.id, from: position?.lastSequence ?? 0, to: undefined };
    return await this.#dependencies.store.rooms.listMembershipChanges(query);
  }

  /** Repeats the reads that a stream has outrun, until all rooms can start in the same tick. */
  async #catchUpWithStreams(rooms: readonly (LoadingRoom | RejectedRoom)[]): Promise<void> {
    for (let reads = 0; reads < READS_MAX; reads += 1) {
      const behind = rooms.filter((room) => room.kind === 'loading').filter(isOutrun);
      if (behind.length === 0) break;
      await Promise.all(behind.map((room) => this.#refresh(room)));
    }
  }

  /** Rejects a room for now if it still cannot start, or was closed meanwhile. */
  #rejectOutrun(room: LoadingRoom | RejectedRoom): LoadingRoom | RejectedRoom {
    const { subscriptions } = this.#dependencies;
    if (room.kind !== 'loading' || canStart(room)) return room;
    subscriptions.abandon(room.subscription);
    return { kind: 'rejected', room: room.room, error: unavailable() };
  }

  async #refresh(room: LoadingRoom): Promise<void> {
    try {
      const { connection, stream } = room.subscription;
      const since = stream.epoch;
      const state = await this.#readState(connection, room);
      // A client that has lost access meanwhile is informed in the stream.
      if (!state.isMember) return;
      room.state = state;
      room.since = since;
    } catch {
      // The room stays outrun, and is rejected as unavailable after the last read.
    }
  }

  /** Its pending acknowledgements are sent when the client knows that the room is closed. */
  #close({ ended }: RejectedRoom): void {
    if (ended?.state === 'loading') this.#dependencies.subscriptions.close(ended);
  }

  #toOpened({ room, state, subscription, memberTotal, changes: read }: LoadingRoom): OpenedRoom {
    const members = listSomeParticipants(this.#dependencies, subscription);
    const { stream, connection } = subscription;
    const memberCount = countVisibleParticipants(this.#dependencies, stream, connection.user.id);
    const [oldest] = state.history;
    const isNewestPage = state.history.length >= this.#dependencies.settings.historyOnJoin;
    // The page before has those before its first message.
    const start = isNewestPage ? (oldest?.sequence ?? 0) : 0;
    const changes = read.filter(({ afterSequence }) => afterSequence >= start);
    return { kind: 'opened', room, state, members, memberCount, memberTotal, changes };
  }
}

/** Approximate size of the room on the wire. */
function bytesOf({ state: { history, events }, subscription, changes }: LoadingRoom): number {
  const people = Math.min(subscription.stream.participants.count, PARTICIPANTS_LISTED_MAX);
  const room = ITEM_BYTES * (1 + people + changes.length);
  const messages = history.reduce((sum, message) => sum + messageBytes(message), room);
  return events.reduce((sum, event) => sum + eventBytes(event), messages);
}

function canStart(room: LoadingRoom): boolean {
  const { subscription, state } = room;
  return (
    isLoading(subscription) &&
    !isOutrun(room) &&
    subscription.acknowledgeUpTo(state.head.sequence) &&
    // An acknowledgement may have made the client leave.
    isLoading(subscription)
  );
}

function isLoading({ state }: Subscription): boolean {
  return state === 'loading';
}

/** Whether the stream cannot go on from this state: it has moved on, or follows a later log. */
function isOutrun({ subscription, state: { head }, since }: LoadingRoom): boolean {
  const { stream } = subscription;
  return !stream.follow(head.epoch, since) || !stream.reaches(head);
}
