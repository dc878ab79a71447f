/**
 * The streams of the rooms that are open on this node: created on first use, closed a minute after
 * the last use.
 */

import type { RoomId } from '@parley/protocol';
import type { NodeId, RoomHead, RoomMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import { type RoomEvent, toKnownEvent } from '../../model/room-event.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { CommitRouter } from '../event-log/commit-router.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { ConnectionStream, Subscription } from './chat-connection.ts';
import type { ClientMemoryBudget } from './client-memory-budget.ts';
import { GapRepair } from './gap-repair.ts';
import { type ParticipantChange, RoomParticipants } from './room-participants.ts';
import { RoomStream } from './room-stream.ts';

/** Messages of other nodes about a room, besides its events and participants. */
export type RoomNotice = Exclude<RoomMessage, { readonly kind: 'event' | 'participants' }>;

interface OpenStream {
  readonly stream: ConnectionStream;
  /** Resolves when the bus has confirmed the subscription. */
  readonly subscribed: Promise<Unsubscribe>;
  users: number;
}

/** How long the stream of an unused room is kept for clients that come back. */
const IDLE_MS = 60_000;
/** Maximum number of unused streams; the ones unused longest are closed first. */
const IDLE_MAX = 100;

export class RoomStreamRegistry {
  readonly #open = new Map<RoomId, OpenStream>();
  /** In the order in which they became unused. */
  readonly #idle = new Map<RoomId, Timer>();
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #background: BackgroundTasks;
  readonly #repair: GapRepair;
  readonly #tail: {
    readonly tailMax: number;
    readonly budget: Pick<ClientMemoryBudget, 'noteCache'>;
  };
  readonly #onEvent: ((event: RoomEvent, isNew: boolean) => void) | undefined;
  readonly #onParticipant: (stream: ConnectionStream, change: ParticipantChange) => void;
  readonly #onNotice: (stream: ConnectionStream, notice: RoomNotice) => void;
  readonly #areHeld: (nodeId: NodeId) => boolean;
  readonly #versions = { max: 0 };

  constructor(dependencies: {
    readonly bus: Bus;
    readonly log: EventLog;
    readonly commits: Pick<CommitRouter, 'settleCurrent'>;
    readonly clock: Clock;
    readonly background: BackgroundTasks;
    /** Maximum number of recent events per room. */
    readonly tailMax: number;
    readonly budget: Pick<ClientMemoryBudget, 'noteCache'>;
    /** Called with each event of another node, before the stream accepts it. */
    readonly onEvent?: ((event: RoomEvent, isNew: boolean) => void) | undefined;
    /** Called when a user enters or leaves a room on another node. */
    readonly onParticipant: (stream: ConnectionStream, change: ParticipantChange) => void;
    readonly onNotice: (stream: ConnectionStream, notice: RoomNotice) => void;
    /** Whether another node has repeated that its participants hold. */
    readonly areParticipantsHeld?: (nodeId: NodeId) => boolean;
  }) {
    this.#bus = dependencies.bus;
    this.#clock = dependencies.clock;
    this.#background = dependencies.background;
    const isOpen = (stream: ConnectionStream) => this.get(stream.room.id) === stream;
    this.#repair = new GapRepair({ ...dependencies, isOpen });
    const { tailMax, budget } = dependencies;
    this.#tail = { tailMax, budget };
    this.#onEvent = dependencies.onEvent;
    this.#onParticipant = dependencies.onParticipant;
    this.#onNotice = dependencies.onNotice;
    this.#areHeld = dependencies.areParticipantsHeld ?? (() => false);
  }

  get(roomId: RoomId): ConnectionStream | undefined {
    return this.#open.get(roomId)?.stream;
  }

  /** Whether any connection has the room open, or is opening it. */
  isUsed(roomId: RoomId): boolean {
    return this.#open.has(roomId) && !this.#idle.has(roomId);
  }

  openRoomIds(): Iterable<RoomId> {
    return this.#open.keys();
  }

  *openStreams(): Iterable<ConnectionStream> {
    for (const { stream } of this.#open.values()) yield stream;
  }

  /** The highest version of the participants of this node in any room. */
  get participantVersionMax(): number {
    return this.#versions.max;
  }

  /** The head of the room's stream; undefined if it has none yet, or the room is not open. */
  headOf(roomId: RoomId): Pick<RoomHead, 'sequence' | 'epoch'> | undefined {
    const { head: sequence, epoch } = this.get(roomId) ?? {};
    return sequence === undefined || epoch === undefined ? undefined : { sequence, epoch };
  }

  /** Notes a head that another node or the store has reported: the stream may miss events. */
  learnHead({ roomId, sequence, epoch }: RoomHead): void {
    const stream = this.get(roomId);
    if (stream?.head === undefined) return;
    if (stream.isOfOtherLog(epoch)) this.scheduleRepair(roomId);
    else stream.learnHead(sequence);
  }

  memberCount(roomId: RoomId): number {
    return this.get(roomId)?.participants.count ?? 0;
  }

  /** Returns the room's stream, subscribed to the bus. Every use ends with `release`. */
  async use(room: Room): Promise<ConnectionStream> {
    const open = this.#open.get(room.id) ?? this.#begin(room);
    open.users += 1;
    this.#idle.get(room.id)?.cancel();
    this.#idle.delete(room.id);
    try {
      await open.subscribed;
    } catch (error) {
      this.release(open.stream);
      if (!this.isUsed(room.id)) this.forget(room.id);
      throw error;
    }
    return open.stream;
  }

  release({ room }: Pick<ConnectionStream, 'room'>): void {
    const open = this.#open.get(room.id);
    if (open === undefined) return;
    open.users -= 1;
    if (open.users > 0) return;
    this.#idle.set(
      room.id,
      this.#clock.schedule(IDLE_MS, () => this.forget(room.id)),
    );
    const [oldest] = this.#idle.keys();
    if (oldest !== undefined && this.#idle.size > IDLE_MAX) this.forget(oldest);
  }

  /** Closes the stream of a room that is not open anywhere. */
  forget(roomId: RoomId): void {
    const open = this.#open.get(roomId);
    if (open === undefined || open.users > 0) return;
    this.#open.delete(roomId);
    this.#idle.get(roomId)?.cancel();
    this.#idle.delete(roomId);
    this.#repair.cancel(open.stream);
    open.stream.forgetRecentEvents();
    this.#background.run(open.subscribed.then((unsubscribe) => unsubscribe()));
  }

  close(): void {
    for (const roomId of [...this.#idle.keys()]) this.forget(roomId);
  }

  /** Sends something about a room to the other nodes on which it is open. */
  send(roomId: RoomId, notice: RoomNotice): void {
    this.#bus.publish('room', roomId, notice);
  }

  /** Asks the other nodes for all participants, as after a time without the bus. */
  askForParticipants(): void {
    for (const { stream } of this.#open.values()) {
      stream.participants.elsewhere?.renewLeases();
      stream.participants.elsewhere?.askAll();
    }
  }

  /**
   * Schedules a read of the log, which may have events that were not received, as after a commit
   * with an unknown outcome.
   */
  scheduleRepair(roomId: RoomId): void {
    const stream = this.get(roomId);
    if (stream !== undefined) this.#repair.schedule(stream);
  }

  /** Drops the events in the memory of all rooms: from now on they come from the store. */
  forgetAllRecentEvents(): void {
    for (const { stream } of this.#open.values()) stream.forgetRecentEvents();
  }

  #begin(room: Room): OpenStream {
    const stream: ConnectionStream = new RoomStream<Subscription>(room, {
      ...this.#tail,
      onGap: () => this.#repair.schedule(stream),
      participants: new RoomParticipants({
        bus: this.#bus,
        clock: this.#clock,
        versions: this.#versions,
        holds: this.#areHeld,
        publish: (change) => this.#bus.publish('room', room.id, { kind: 'participants', change }),
        onChange: (change) => this.#onParticipant(stream, change),
        onMissedRead: (position) => this.#onNotice(stream, position),
      }),
    });
    const subscribed = this.#subscribe(stream);
    const open: OpenStream = { stream, subscribed, users: 0 };
    this.#open.set(room.id, open);
    return open;
  }

  async #subscribe(stream: ConnectionStream): Promise<Unsubscribe> {
    const { participants } = stream;
    const unsubscribe = await this.#bus.subscribe('room', stream.room.id, (message, from) => {
      if (message.kind === 'event') this.#acceptOfOtherNode(stream, toKnownEvent(message.event));
      else if (message.kind === 'participants')
        participants.elsewhere?.receive(message.change, from);
      else this.#onNotice(stream, message);
    });
    participants.elsewhere?.askAll();
    return unsubscribe;
  }

  /** Which log is the latest, the store decides: a message may be from before a failover. */
  #acceptOfOtherNode(stream: ConnectionStream, event: RoomEvent): void {
    if (stream.isOfOtherLog(event.epoch)) {
      this.scheduleRepair(event.roomId);
      return;
    }
    this.#onEvent?.(event, event.sequence > (stream.head ?? 0));
    stream.accept(event);
  }
}
