/** Begins, suspends and closes the subscriptions of connections to rooms. */

import { ChatError, type RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type {
  ChatConnection,
  ConnectionStream,
  Subscription,
} from '../delivery/chat-connection.ts';
import { openRoomOf } from '../delivery/connection-room-lookup.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { StreamPosition } from '../delivery/room-stream.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { RoomSubscription, type SubscriptionOwner } from '../delivery/room-subscription.ts';
import type { Typing } from '../presence/typing.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import type { DomainSettings } from '../settings.ts';
import type { ParticipantAnnouncer } from './participant-announcer.ts';
import type { RoomReaper } from './room-reaper.ts';

interface SubscriptionLifecycleDependencies {
  readonly settings: Pick<DomainSettings, 'catchUpEventsMax' | 'presenceGraceMs'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly logger: Logger;
  readonly announcer: Pick<
    ParticipantAnnouncer,
    'announceJoin' | 'announceLeave' | 'announceLoggedLeave' | 'listFor'
  >;
  readonly presence: Pick<UserPresence, 'loadConsentOnce'>;
  readonly streams: Pick<RoomStreamRegistry, 'use' | 'release' | 'isUsed'>;
  readonly typing: Pick<Typing, 'stop'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'noteClosed'>;
  readonly roomReaper: Pick<RoomReaper, 'isUsed' | 'becameEmpty' | 'endOfDeletion'>;
}

export class SubscriptionLifecycle implements SubscriptionOwner<Subscription> {
  readonly behindMax: number;
  readonly #dependencies: SubscriptionLifecycleDependencies;

  constructor(dependencies: SubscriptionLifecycleDependencies) {
    this.behindMax = dependencies.settings.catchUpEventsMax;
    this.#dependencies = dependencies;
  }

  /**
   * Subscribes to a room at the client's request, without starting. Takes over a subscription that
   * an event has reserved: the client's snapshot includes all that the event would have brought.
   *
   * @throws {ChatError} NOT_IN_ROOM if the connection has closed.
   */
  async begin(connection: ChatConnection, room: Room): Promise<Subscription> {
    const existing = connection.subscriptions.get(room.id);
    if (existing !== undefined && existing.state !== 'loading') {
      existing.load();
      return existing;
    }
    if (existing !== undefined) this.close(existing);
    const subscription = this.reserve(connection, room.id);
    if (!(await this.attach(subscription, room))) throw new ChatError('NOT_IN_ROOM');
    return subscription;
  }

  /** Registers a subscription that has no stream yet, and defers acknowledgements until it starts. */
  reserve(connection: ChatConnection, roomId: RoomId): Subscription {
    if (connection.isClosed) throw new ChatError('NOT_IN_ROOM');
    const subscription: Subscription = new RoomSubscription(connection, roomId, this);
    connection.subscriptions.set(roomId, subscription);
    return subscription;
  }

  /** Subscribes to the room's stream. Returns false if the subscription was closed meanwhile. */
  async attach(subscription: Subscription, room: Room): Promise<boolean> {
    const { presence, streams, roomReaper } = this.#dependencies;
    try {
      const consent = presence.loadConsentOnce(room);
      if (consent !== undefined) await consent;
      const deletion = roomReaper.endOfDeletion(room);
      // If there is none, nothing is awaited, so that none begins before the stream is used.
      if (deletion !== undefined) await deletion;
      const stream = await streams.use(room);
      if (subscription.state === 'closed') {
        streams.release(stream);
        roomReaper.becameEmpty(room);
        return false;
      }
      roomReaper.isUsed(room);
      subscription.attach(stream);
      return true;
    } catch (error) {
      this.abandon(subscription);
      throw error;
    }
  }

  /** Starts behind this head, which the client has, if the stream can go on from there. */
  startAt(subscription: Subscription, head: StreamPosition): void {
    const { stream } = subscription;
    if (subscription.enter()) this.#dependencies.announcer.announceJoin(subscription);
    if (head.epoch !== undefined) stream.follow(head.epoch);
    if (stream.reaches(head)) subscription.start(head);
    else this.resync(subscription);
  }

  /** For the rooms that the client joins: the others are informed about a new participant. */
  announce(subscription: Subscription): void {
    this.#dependencies.announcer.announceJoin(subscription);
    this.#record('room.joined', subscription, subscription.stream.participants.count - 1);
  }

  /**
   * After a failed snapshot: continues a room that was open, or informs the client that it cannot
   * continue; otherwise the room is as it was before the request.
   */
  abandon(subscription: Subscription): void {
    if (subscription.state !== 'loading') return;
    if (!subscription.hasStream || !subscription.isParticipant) this.close(subscription);
    else if (!subscription.isOpen) this.#suspend(subscription);
    else if (!subscription.resume()) this.resync(subscription);
    // A loading subscription is not sent who joins and leaves.
    else this.#dependencies.announcer.listFor(subscription);
  }

  /**
   * Closes a room on a connection whose client is too far behind, and makes the client fetch the
   * room again. The others are informed only if the client does not come back.
   */
  resync(subscription: Subscription): void {
    // An acknowledgement in another room may have made the client leave this one.
    if (!subscription.isActive) return;
    const { connection, stream, roomId } = subscription;
    this.#dependencies.typing.stop(connection, stream);
    broadcast({ kind: 'resync-required', roomId, headSequence: stream.head ?? 0 }, [connection]);
    // A dialect without this event has closed the connection.
    if (!subscription.isActive) return;
    this.#suspend(subscription);
    this.#dependencies.logger.record({ event: 'room.resync', connectionId: connection.id, roomId });
  }

  /** Makes all clients of a room fetch it again, as after another node has deleted it. */
  resyncAll(stream: ConnectionStream): void {
    for (const connection of [...stream.connections()]) {
      const subscription = connection.subscriptions.get(stream.room.id);
      if (subscription !== undefined) this.resync(subscription);
    }
  }

  /**
   * Leaves a room at the client's request. Calls `reply` before the acknowledgements that were
   * waiting for their positions in the room's stream, which no longer exists.
   *
   * @throws {ChatError} NOT_IN_ROOM.
   */
  leave(connection: ChatConnection, roomId: RoomId, reply: () => void = () => {}): void {
    const subscription = openRoomOf(connection, roomId);
    reply();
    this.close(subscription);
  }

  /**
   * Closes a room on a connection. The others are informed if it was the user's last connection
   * there.
   */
  close(subscription: Subscription): void {
    if (this.#end(subscription)) this.#dependencies.announcer.announceLeave(subscription);
  }

  /** The user of a connection appears offline from now on, or no longer does. */
  followVisibility(connection: ChatConnection): void {
    const { announcer, typing } = this.#dependencies;
    for (const subscription of connection.subscriptions.values()) {
      if (!subscription.hasStream) continue;
      if (connection.isInvisible) typing.stop(connection, subscription.stream);
      if (!subscription.followVisibility()) continue;
      if (connection.isInvisible) announcer.announceLeave(subscription);
      else announcer.announceJoin(subscription);
    }
  }

  /** The event that ended the membership is in the log, so the others get it from the stream. */
  handleAccessLost(subscription: Subscription, sequence: number): void {
    if (this.#end(subscription)) {
      this.#dependencies.announcer.announceLoggedLeave(subscription, sequence);
    }
  }

  handleTooFarBehind(subscription: Subscription): void {
    this.resync(subscription);
  }

  #suspend(subscription: Subscription): void {
    const { clock, settings, connectedUsers } = this.#dependencies;
    subscription.suspend(clock.schedule(settings.presenceGraceMs, () => this.close(subscription)));
    connectedUsers.noteClosed(subscription.roomId);
  }

  /** Returns whether it was the last connection of a user who was in the room. */
  #end(subscription: Subscription): boolean {
    const { typing, streams, roomReaper, connectedUsers } = this.#dependencies;
    const { connection, roomId } = subscription;
    connection.subscriptions.delete(roomId);
    connectedUsers.noteClosed(roomId);
    if (!subscription.hasStream) return subscription.close();
    const { stream } = subscription;
    typing.stop(connection, stream);
    const countBefore = stream.participants.count;
    const isLast = subscription.close();
    if (isLast) this.#record('room.left', subscription, countBefore);
    streams.release(stream);
    if (!streams.isUsed(roomId)) roomReaper.becameEmpty(stream.room);
    return isLast;
  }

  #record(
    event: 'room.joined' | 'room.left',
    { connection, stream, roomId }: Subscription,
    memberCountBefore: number,
  ): void {
    this.#dependencies.logger.record({
      event,
      connectionId: connection.id,
      userId: connection.user.id,
      roomId,
      memberCountBefore,
      memberCount: stream.participants.count,
    });
  }
}
