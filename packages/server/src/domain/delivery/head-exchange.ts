/**
 * Finds events that the bus has lost: nodes exchange the heads that they have moved, and compare
 * their open rooms with the store. A gap found is repaired by the room's stream.
 */

import type { RoomId } from '@parley/protocol';
import type { RoomHead } from '../../model/bus-message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { RoomStreamRegistry } from './room-stream-registry.ts';

export interface HeadExchangeOptions {
  readonly bus: Bus;
  readonly log: Pick<EventLog, 'readHeads'>;
  readonly clock: Clock;
  readonly background: BackgroundTasks;
  readonly streams: Pick<RoomStreamRegistry, 'openRoomIds' | 'learnHead'>;
}

const INTERVAL_MS = 1000;
/** Maximum number of rooms that are compared with the store at once. */
const ROOMS_COMPARED_MAX = 2000;

export class HeadExchange {
  readonly #options: HeadExchangeOptions;
  /** Heads that this node has moved since they were last published. */
  readonly #moved = new Map<RoomId, RoomHead>();
  /** Rooms that the current round over all open rooms has not compared yet. */
  #remaining: RoomId[] = [];
  #isComparing = false;
  #timer: Timer | undefined;
  #unsubscribers: Unsubscribe[] = [];

  constructor(options: HeadExchangeOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { bus, streams } = this.#options;
    if (!bus.isShared) return;
    this.#unsubscribers = [
      await bus.subscribe('nodes', 'all', (message) => {
        if (message.kind !== 'heads') return;
        for (const head of message.heads) streams.learnHead(head);
      }),
      bus.onReconnected(() => this.#compareAll()),
    ];
    this.#runLater();
  }

  /** Notes an event that this node has committed. */
  note({ roomId, sequence, epoch }: RoomEvent): void {
    if (!this.#options.bus.isShared) return;
    const noted = this.#moved.get(roomId);
    if (noted?.epoch === epoch && noted.sequence > sequence) return;
    this.#moved.set(roomId, { roomId, sequence, epoch });
  }

  /** Seconds within which each open room is compared with the store. */
  get roundSeconds(): number {
    return Math.max(
      1,
      Math.ceil([...this.#options.streams.openRoomIds()].length / ROOMS_COMPARED_MAX),
    );
  }

  close(): void {
    this.#timer?.cancel();
    for (const unsubscribe of this.#unsubscribers) unsubscribe();
  }

  #runLater(): void {
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, () => {
      this.#publish();
      if (!this.#isComparing) this.#options.background.run(this.#compareSome());
      this.#runLater();
    });
  }

  #publish(): void {
    if (this.#moved.size === 0) return;
    const heads = [...this.#moved.values()];
    this.#moved.clear();
    this.#options.bus.publish('nodes', 'all', { kind: 'heads', heads });
  }

  /** Compares the rooms of one second: the number of rooms bounds how long a round takes. */
  async #compareSome(): Promise<void> {
    if (this.#remaining.length === 0) this.#remaining = [...this.#options.streams.openRoomIds()];
    await this.#compare(this.#remaining.splice(0, ROOMS_COMPARED_MAX));
  }

  /** After a time without the bus: any room may have moved. */
  #compareAll(): void {
    this.#remaining = [...this.#options.streams.openRoomIds()];
    if (!this.#isComparing) this.#options.background.run(this.#compareSome());
  }

  async #compare(roomIds: readonly RoomId[]): Promise<void> {
    if (roomIds.length === 0) return;
    this.#isComparing = true;
    try {
      const heads = await this.#options.log.readHeads(roomIds);
      for (const { roomId, head } of heads) {
        this.#options.streams.learnHead({ roomId, ...head });
      }
    } finally {
      this.#isComparing = false;
    }
  }
}
