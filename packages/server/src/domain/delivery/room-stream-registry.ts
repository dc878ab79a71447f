/** The streams of the rooms that are open on this node: made on first use, gone a minute after the last. */

import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { CommitQueue } from '../event-log/commit-queue.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { ChatConnection, ConnectionStream } from './connection.ts';
import { RoomStream } from './room-stream.ts';

interface OpenStream {
  readonly stream: ConnectionStream;
  /** Resolves when the bus has confirmed. */
  readonly subscribed: Promise<Unsubscribe>;
  users: number;
  repair: Timer | undefined;
}

/** How long an event on its way may take before the store is asked for it. */
const GAP_PATIENCE_MS = 20;
/** And before it is asked again, where it could not answer. */
const REPAIR_RETRY_MS = 1000;
const REPAIR_PAGE = 500;
/** How long the stream of a room that nobody has open is kept for those who come back. */
const IDLE_MS = 60_000;
/** Streams that are kept so; of more, those that were left first go. */
const IDLE_MAX = 100;

export class RoomStreamRegistry {
  readonly #open = new Map<RoomId, OpenStream>();
  /** In the order in which they were left. */
  readonly #idle = new Map<RoomId, Timer>();
  readonly #bus: Bus;
  readonly #log: EventLog;
  readonly #commits: CommitQueue;
  readonly #clock: Clock;
  readonly #background: BackgroundTasks;
  readonly #limits: { readonly tailMax: number; readonly behindMax: number };

  constructor(parts: {
    readonly bus: Bus;
    readonly log: EventLog;
    readonly commits: CommitQueue;
    readonly clock: Clock;
    readonly background: BackgroundTasks;
    readonly limits: { readonly tailMax: number; readonly behindMax: number };
  }) {
    this.#bus = parts.bus;
    this.#log = parts.log;
    this.#commits = parts.commits;
    this.#clock = parts.clock;
    this.#background = parts.background;
    this.#limits = parts.limits;
  }

  get(roomId: RoomId): ConnectionStream | undefined {
    return this.#open.get(roomId)?.stream;
  }

  /** Whether somebody has the room open, or is about to. */
  isUsed(roomId: RoomId): boolean {
    return this.#open.has(roomId) && !this.#idle.has(roomId);
  }

  memberCount(roomId: RoomId): number {
    return this.get(roomId)?.memberCount ?? 0;
  }

  /** The room's stream, subscribed. Every use of it ends with `release`. */
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

  /** Lets go of the stream of a room that nobody has open. */
  forget(roomId: RoomId): void {
    const open = this.#open.get(roomId);
    if (open === undefined || open.users > 0) return;
    this.#open.delete(roomId);
    this.#idle.get(roomId)?.cancel();
    this.#idle.delete(roomId);
    open.repair?.cancel();
    this.#background.run(open.subscribed.then((unsubscribe) => unsubscribe()));
  }

  close(): void {
    for (const roomId of [...this.#idle.keys()]) this.forget(roomId);
  }

  /** Passes on what this node has committed, here first; to how many connections here. */
  publish(event: RoomEvent): number {
    const count = this.get(event.roomId)?.accept(event) ?? 0;
    this.#bus.publish(event);
    return count;
  }

  /** The log may hold more than was told of here, as after a commit whose outcome is not known. */
  scheduleRepair(roomId: RoomId): void {
    this.#repairAfter(roomId, GAP_PATIENCE_MS);
  }

  /** What comes from memory of any room until now comes from the store from now on. */
  forgetAllRecentEvents(): void {
    for (const { stream } of this.#open.values()) stream.forgetRecentEvents();
  }

  #begin(room: Room): OpenStream {
    const stream = new RoomStream<ChatConnection>(room, {
      ...this.#limits,
      onGap: () => this.#repairAfter(room.id, GAP_PATIENCE_MS),
    });
    const subscribed = this.#bus.subscribe(room.id, (event) => {
      stream.accept(event);
    });
    const open: OpenStream = { stream, subscribed, users: 0, repair: undefined };
    this.#open.set(room.id, open);
    return open;
  }

  #repairAfter(roomId: RoomId, delayMs: number): void {
    const open = this.#open.get(roomId);
    if (open === undefined || open.repair !== undefined) return;
    open.repair = this.#clock.schedule(delayMs, () => {
      this.#background.run(this.#repair(open));
    });
  }

  async #repair(open: OpenStream): Promise<void> {
    const { stream } = open;
    try {
      const { id } = stream.room;
      const page = await this.#log.readEvents(id, stream.head ?? 0, REPAIR_PAGE);
      // What was read may have come from here: its acknowledgement must stand in its place first.
      await this.#commits.settleCurrent();
      open.repair = undefined;
      stream.skipTo(page.firstSequence);
      for (const event of page.events) stream.accept(event);
    } catch (error) {
      open.repair = undefined;
      this.#repairAfter(stream.room.id, REPAIR_RETRY_MS);
      throw error;
    }
  }
}
