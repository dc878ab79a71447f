/**
 * Opens direct and group rooms automatically on every connection of their members, without a join
 * and without join events. Dialects may opt out and join them as other rooms.
 */

import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { ChatConnection, Subscription } from '../delivery/chat-connection.ts';
import { EncodedEvent } from '../delivery/fan-out.ts';
import type { StreamPosition } from '../delivery/room-stream.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { RoomLists, RoomSummaries, RoomSummary } from '../rooms/room-lists.ts';
import type { SubscriptionLifecycle } from '../rooms/subscription-lifecycle.ts';

interface AutoSubscriberDependencies {
  readonly logger: Logger;
  readonly store: Pick<Store, 'rooms' | 'log'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly streams: Pick<RoomStreamRegistry, 'scheduleRepair'>;
  readonly subscriptions: Pick<
    SubscriptionLifecycle,
    'begin' | 'reserve' | 'attach' | 'startAt' | 'close'
  >;
  readonly connectedUsers: Pick<
    ConnectedUsers,
    'connectionsOf' | 'isMember' | 'joinedRoom' | 'kindOf' | 'withoutRoom'
  >;
  readonly background: Pick<BackgroundTasks, 'run'>;
  readonly roomLists: Pick<RoomLists, 'listOwn'>;
}

/**
 * Age up to which a room that another node has created is opened with all of its events. Covers the
 * difference between the clocks of the two nodes, and a time without the store.
 */
const NEW_ROOM_MS = 10 * 60_000;

export class AutoSubscriber {
  readonly #dependencies: AutoSubscriberDependencies;

  constructor(dependencies: AutoSubscriberDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Calls `reply` once with the latest active rooms that the user is a member of. Rooms that the
   * dialect opens automatically are open from then on; their streams follow the listed heads. Rooms
   * that are not listed open with their next event.
   */
  async openOwn(connection: ChatConnection, reply: (listed: RoomSummaries) => void): Promise<void> {
    const { dialect } = connection.link;
    if (dialect.opens?.length === 0) {
      reply({ rooms: [], hasMore: false, next: undefined });
      return;
    }
    const { subscriptions } = this.#dependencies;
    const begun = new Map<RoomId, Subscription>();
    const findMissing = (rooms: readonly RoomSummary[]) =>
      rooms.filter(({ room }) => isAutoSubscribed(dialect, room) && !begun.has(room.id));
    let listed = await this.#dependencies.roomLists.listOwn(connection.user);
    for (let missing = findMissing(listed.rooms); missing.length > 0; ) {
      for (const { room } of missing) {
        begun.set(room.id, await subscriptions.begin(connection, room));
      }
      // Listed again after all are subscribed: there may be new rooms by now.
      listed = await this.#dependencies.roomLists.listOwn(connection.user);
      missing = findMissing(listed.rooms);
    }
    if (connection.isClosed) return;
    reply(listed);
    const heads = new Map(listed.rooms.map(({ room, head }) => [room.id, head]));
    for (const [roomId, subscription] of begun) {
      const head = heads.get(roomId);
      if (subscription.state !== 'loading') continue;
      if (head === undefined)
        subscriptions.close(subscription); // No longer a member.
      else subscriptions.startAt(subscription, head);
    }
  }

  /** Opens a direct or group room, for an event that this node has stored, where it is not open. */
  noteStored(event: RoomEvent, author: ChatConnection | undefined): void {
    for (const connection of this.#withoutRoom(event.roomId)) {
      this.#dependencies.background.run(this.openAt(connection, event, author));
    }
  }

  /** As `noteStored`, for a room whose head another node has moved. */
  noteMoved(roomId: RoomId): void {
    for (const connection of this.#withoutRoom(roomId)) {
      this.#dependencies.background.run(this.openFromOtherNode(connection, roomId));
    }
  }

  *#withoutRoom(roomId: RoomId): Generator<ChatConnection> {
    const { connectedUsers } = this.#dependencies;
    const kind = connectedUsers.kindOf(roomId);
    if (kind === undefined || !isDirectOrGroup({ kind })) return;
    for (const connection of connectedUsers.withoutRoom(roomId)) {
      if (isAutoSubscribed(connection.link.dialect, { kind })) yield connection;
    }
  }

  /**
   * Opens a direct or group room on a connection that does not have it open, with the event that
   * makes it appear.
   */
  openAt(
    connection: ChatConnection,
    event: RoomEvent,
    author: ChatConnection | undefined,
  ): Promise<void> {
    const { roomId } = event;
    return this.#open(connection, roomId, async () => {
      const reference = { kind: 'id', id: roomId } as const;
      const found = await this.#dependencies.store.rooms.findRoom(reference, connection.user.id);
      if (found?.role === undefined) return undefined;
      const { room } = found;
      return {
        room,
        head: event,
        // The author's connection gets the acknowledgement in its place.
        show: () => {
          if (connection === author) return;
          new EncodedEvent({ kind: 'logged', event, room }, { isMissed: true }).sendTo(connection);
        },
      };
    });
  }

  /**
   * Opens a direct or group room whose first event, or whose membership, is of another node: a new
   * room from its first event on, an older one from its latest.
   */
  openFromOtherNode(connection: ChatConnection, roomId: RoomId): Promise<void> {
    const { store, clock } = this.#dependencies;
    return this.#open(connection, roomId, async () => {
      const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, connection.user.id);
      if (found?.role === undefined) return undefined;
      const { room } = found;
      const isNew = clock.nowMs() - room.createdAtMs < NEW_ROOM_MS;
      const [{ head } = { head: undefined }] = await store.log.readHeads([roomId]);
      const after = isNew ? 0 : Math.max(0, (head?.sequence ?? 0) - 1);
      const [event] = (await store.log.readEvents(roomId, after, 1)).events;
      // The stream brings the event itself: it may be a command of this connection.
      const sequence = event === undefined ? 0 : event.sequence - 1;
      return { room, head: { sequence, epoch: event?.epoch }, show: () => {} };
    });
  }

  /** Opens a room on the connections of a user who is a member again, behind what the log has. */
  async openRestored(user: Pick<User, 'id'>, room: Room): Promise<void> {
    const { connectedUsers, store } = this.#dependencies;
    connectedUsers.joinedRoom(user.id, room);
    const [{ head } = { head: undefined }] = await store.log.readHeads([room.id]);
    const from = { sequence: head?.sequence ?? 0, epoch: head?.epoch };
    await this.openNew({ room, head: from }, [user]);
  }

  /**
   * Opens a room on every connection of its new members, from the events behind `head` on. Resolves
   * when all are open; a connection on which that fails gets the room with its next event.
   */
  async openNew(
    { room, head }: Pick<StreamStart, 'room' | 'head'>,
    members: readonly { readonly id: ChatConnection['user']['id'] }[],
  ): Promise<void> {
    const connections = members.flatMap(({ id }) =>
      this.#dependencies.connectedUsers.connectionsOf(id),
    );
    const beginning = { room, head, show: () => {} };
    const openings = await Promise.allSettled(
      connections
        .filter(({ link }) => isAutoSubscribed(link.dialect, room))
        .map((connection) => this.#open(connection, room.id, async () => beginning)),
    );
    for (const opening of openings) {
      if (opening.status === 'fulfilled') continue;
      this.#dependencies.logger.record({ event: 'store.failed', error: opening.reason });
    }
  }

  /**
   * Opens a room once: it begins with the first event that needs it, and its stream brings the later
   * ones. The connection's own commands meanwhile are acknowledged in their positions of that stream.
   */
  async #open(
    connection: ChatConnection,
    roomId: RoomId,
    begin: () => Promise<StreamStart | undefined>,
  ): Promise<void> {
    // Suspended, because the client was too far behind: then only the client opens it again.
    if (connection.isClosed || connection.subscriptions.has(roomId)) return;
    const subscription = this.#dependencies.subscriptions.reserve(connection, roomId);
    try {
      await connection.welcomed;
      const beginning = isLoading(subscription) ? await begin() : undefined;
      if (beginning !== undefined) await this.#startWith(subscription, beginning);
    } finally {
      if (isLoading(subscription)) this.#dependencies.subscriptions.close(subscription);
    }
  }

  async #startWith(subscription: Subscription, { room, head, show }: StreamStart): Promise<void> {
    const { subscriptions, connectedUsers, streams } = this.#dependencies;
    // Closed if the client has opened the room itself meanwhile, or has disconnected.
    if (!(await subscriptions.attach(subscription, room))) return;
    if (!connectedUsers.isMember(subscription.connection.user.id, room.id)) return;
    show();
    subscriptions.startAt(subscription, head);
    // More events may have come between the event and the subscription.
    streams.scheduleRepair(room.id);
  }
}

/**
 * Where the stream of a room begins: `show` sends the event at `head`, if this connection should
 * get it.
 */
interface StreamStart {
  readonly room: Room;
  readonly head: StreamPosition;
  readonly show: () => void;
}

function isLoading({ state }: Subscription): boolean {
  return state === 'loading';
}
