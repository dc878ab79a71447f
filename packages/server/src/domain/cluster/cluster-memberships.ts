/**
 * Memberships and mutes that begin or end on other nodes. The bus reports them; what it has lost is
 * found by comparing the users of this node with the store.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { UserMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import type { MembershipEntry } from '../../model/room-member.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import { showMute } from '../core/mute-announcer.ts';
import type { AccessLostAnnouncer } from '../delivery/access-lost-announcer.ts';
import { isAutoSubscribed, isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { AutoSubscriber } from '../direct/auto-subscriber.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { BatchedWork } from '../primitives/batched-work.ts';

interface ClusterMembershipsOptions {
  readonly bus: Bus;
  readonly rooms: Pick<RoomStore, 'listMemberships' | 'listMutesOf' | 'listRoomIdsOf' | 'findRoom'>;
  readonly log: Pick<EventLog, 'readHeads' | 'readEvents'>;
  readonly connectedUsers: Pick<
    ConnectedUsers,
    | 'ids'
    | 'roomIdsOf'
    | 'isMember'
    | 'connectionsOf'
    | 'mutesOf'
    | 'noteMembership'
    | 'noteMute'
    | 'leftRoom'
  >;
  readonly accessLost: Pick<AccessLostAnnouncer, 'announce'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  readonly conversations: Pick<AutoSubscriber, 'openFromOtherNode'>;
}

const INTERVAL_MS = 1000;
/** Maximum number of users that are compared with the store together, and in one interval. */
const USERS_COMPARED_MAX = 50;
/** Maximum number of a user's memberships that are compared; the latest active ones are taken. */
const MEMBERSHIPS_MAX = 10_000;
/** Users with more memberships are read alone: together they would be too many rows. */
const MEMBERSHIPS_TOGETHER_MAX = 200;
/** Mutes of users who are compared together. */
const MUTES_MAX = 1000;
/** Number of a room's latest events among which the end of a membership is searched. */
const EVENTS_SEARCHED = 500;

export class ClusterMemberships {
  readonly #options: ClusterMembershipsOptions;
  /** Users whom the current round over all users of this node has not compared yet. */
  #remaining: UserId[] = [];
  readonly #subscribed: BatchedWork<UserId, UserId>;
  #isComparing = false;
  #timer: Timer | undefined;
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: ClusterMembershipsOptions) {
    this.#options = options;
    const { clock, background } = options;
    this.#subscribed = new BatchedWork({
      ...{ clock, background, batchMax: USERS_COMPARED_MAX },
      run: (userIds) => this.#compareTogether(userIds),
    });
  }

  begin(): void {
    const { bus } = this.#options;
    this.#unsubscribe = bus.onReconnected(() => this.#compareAll());
    this.#runLater();
  }

  close(): void {
    this.#timer?.cancel();
    this.#unsubscribe?.();
    this.#subscribed.close();
  }

  /** Applies what another node has reported about a user of this one. */
  receive(userId: UserId, message: UserMessage): void {
    if (message.kind === 'membership-ended') {
      // The bus may repeat it, and a comparison may have found it first.
      if (!this.#options.connectedUsers.isMember(userId, message.roomId)) return;
      this.#options.accessLost.announce({ userId, ...message });
    } else if (message.kind === 'membership') {
      const { id: roomId, kind } = message.room;
      this.#options.background.run(this.#noteBegun(userId, { roomId, kind }));
    }
  }

  /** Opens a room that a command found: if its members are new to this node, another node made it. */
  noteFound(userId: UserId, { id: roomId, kind }: Room): void {
    this.#options.background.run(this.#noteBegun(userId, { roomId, kind }));
  }

  /** Notes what the store has for a new connection: the user's others may have missed some of it. */
  noteListed(userId: UserId, listed: readonly MembershipEntry[]): void {
    const { connectedUsers, background } = this.#options;
    if (connectedUsers.connectionsOf(userId).length === 0) return;
    background.run(this.#noteListed(userId, listed));
  }

  /** Compares a user whose messages of other nodes arrive only from now on. */
  compareUser(userId: UserId): void {
    this.#subscribed.add(userId, userId);
  }

  #runLater(): void {
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      if (!this.#isComparing) this.#options.background.run(this.#compareSome());
      this.#runLater();
    });
  }

  /** After a time without the bus: any membership may have begun or ended. */
  #compareAll(): void {
    this.#remaining = [...this.#options.connectedUsers.ids()];
  }

  async #compareSome(): Promise<void> {
    if (this.#remaining.length === 0) this.#compareAll();
    this.#isComparing = true;
    try {
      await this.#compareTogether(this.#remaining.splice(0, USERS_COMPARED_MAX));
    } finally {
      this.#isComparing = false;
    }
  }

  async #compareTogether(userIds: readonly UserId[]): Promise<void> {
    for (const userId of await this.#findOutdated(userIds)) await this.#compare(userId);
    if (userIds.length > 0) await this.#compareMutes(userIds);
  }

  /** Shows what the bus has lost. A mute that is changed meanwhile may be shown twice. */
  async #compareMutes(userIds: readonly UserId[]): Promise<void> {
    const { rooms, connectedUsers, clock } = this.#options;
    const nowMs = clock.nowMs();
    const known = new Map(
      userIds.map((userId) => [userId, new Map(connectedUsers.mutesOf(userId))]),
    );
    const stored = await rooms.listMutesOf(userIds, { nowMs, limit: MUTES_MAX });
    for (const { userId, roomId, mute } of stored) {
      if (connectedUsers.mutesOf(userId).get(roomId) !== mute.untilMs) {
        showMute(this.#options, userId, { roomId, mute });
      }
      known.get(userId)?.delete(roomId);
    }
    if (stored.length === MUTES_MAX) return; // Others may be in force.
    for (const [userId, mutes] of known) {
      for (const [roomId, untilMs] of mutes) {
        const isSame = connectedUsers.mutesOf(userId).get(roomId) === untilMs;
        if (isSame && untilMs > nowMs) showMute(this.#options, userId, { roomId, mute: null });
      }
    }
  }

  /** Returns users whose rooms are perhaps not those of the store: one read for all of them. */
  async #findOutdated(userIds: readonly UserId[]): Promise<readonly UserId[]> {
    if (userIds.length === 0) return [];
    const { rooms, connectedUsers } = this.#options;
    const limit = MEMBERSHIPS_TOGETHER_MAX + 1;
    const stored = await rooms.listRoomIdsOf(userIds, limit);
    return userIds.filter((userId) => {
      const known = new Set(connectedUsers.roomIdsOf(userId));
      const roomIds = stored.get(userId) ?? [];
      const isComplete = roomIds.length < limit;
      return !isComplete || roomIds.length !== known.size || !roomIds.every((id) => known.has(id));
    });
  }

  async #compare(userId: UserId): Promise<void> {
    const { rooms, connectedUsers } = this.#options;
    const known = [...connectedUsers.roomIdsOf(userId)];
    const listed = await rooms.listMemberships(userId, MEMBERSHIPS_MAX);
    if (listed.length < MEMBERSHIPS_MAX) {
      const present = new Set(listed.map(({ roomId }) => roomId));
      for (const roomId of known) if (!present.has(roomId)) await this.#noteEnded(userId, roomId);
    }
    await this.#noteListed(userId, listed);
  }

  /** Announces an end that the bus has lost, as it is in the log. */
  async #noteEnded(userId: UserId, roomId: RoomId): Promise<void> {
    const { rooms, log, connectedUsers, accessLost } = this.#options;
    const found = await rooms.findRoom({ kind: 'id', id: roomId }, userId);
    if (found?.role !== undefined) return; // The user has joined again meanwhile.
    const [{ head } = { head: undefined }] = await log.readHeads([roomId]);
    if (found === undefined || head === undefined) {
      accessLost.announce({ userId, roomId, reason: 'deleted', sequence: 0, isLogged: false });
      return;
    }
    const { sequence } = head;
    if (found.room.kind === 'direct') {
      // By a block, without an event.
      accessLost.announce({ userId, roomId, reason: 'left', sequence, isLogged: false });
      return;
    }
    const { events } = await log.readEvents(
      roomId,
      Math.max(0, sequence - EVENTS_SEARCHED),
      EVENTS_SEARCHED,
    );
    if (!connectedUsers.isMember(userId, roomId)) return; // The bus was faster.
    const ended = events.findLast(
      (event) => event.kind === 'access-lost' && event.userId === userId,
    );
    const reason = found.ban !== undefined ? 'banned' : 'removed';
    const isFound = ended?.kind === 'access-lost';
    // Connections that have the room open get the event from their stream.
    accessLost.announce(isFound ? ended : { userId, roomId, reason, sequence });
  }

  async #noteListed(userId: UserId, listed: readonly MembershipEntry[]): Promise<void> {
    const { connectedUsers } = this.#options;
    // At once: a connection that enters meanwhile adds its rooms, without opening them on others.
    const missed = listed.filter(({ roomId }) => !connectedUsers.isMember(userId, roomId));
    for (const entry of missed) await this.#noteBegun(userId, entry);
  }

  async #noteBegun(userId: UserId, { roomId, kind }: MembershipEntry): Promise<void> {
    const { connectedUsers, conversations } = this.#options;
    connectedUsers.noteMembership(userId, { id: roomId, kind });
    if (!isDirectOrGroup({ kind })) return;
    const connections = connectedUsers
      .connectionsOf(userId)
      .filter(({ link }) => isAutoSubscribed(link.dialect, { kind }));
    try {
      await Promise.all(
        connections.map((connection) => conversations.openFromOtherNode(connection, roomId)),
      );
    } catch (error) {
      connectedUsers.leftRoom(userId, roomId); // The next comparison tries again.
      throw error;
    }
  }
}
