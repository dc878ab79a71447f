/**
 * Deletes messages older than the retention period, and what deletions of messages have left: at the
 * start, and every hour. Every node does; the store keeps two nodes from disturbing each other.
 */

import type { RoomId } from '@parley/protocol';
import type { Pruned } from '../../model/pruned-log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, type Run, repeated } from '../primitives/repeated.ts';

const SWEEP_MS = 60 * 60 * 1000;
/** Maximum number of rooms in one read. */
const ROOMS_PAGE = 1000;
/**
 * Maximum number of events per transaction: senders wait for one transaction at most, and have the
 * store to themselves in the pause after it.
 */
const EVENTS_MAX = 1000;
/** Maximum number of reactions per transaction. */
const ROWS_MAX = 1000;
const PAUSE_MS = 100;

/** Sends to the clients of a room where its log starts now. */
export function showPruned(stream: ConnectionStream, firstSequence: number): void {
  // Deleted events must not remain in memory.
  stream.forgetRecentEvents();
  const { id: roomId } = stream.room;
  broadcast({ kind: 'history-pruned', roomId, firstSequence }, stream.connections());
}

export class Retention {
  readonly #log: EventLog;
  readonly #streams: RoomStreamRegistry;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #retentionMs: number;
  readonly #sweeps: Repeated;
  /** Events deleted since the last pause, in all rooms. */
  #sincePause = 0;

  /** @param options `retentionMs`: how long events are kept; 0 keeps them for ever. */
  constructor(dependencies: {
    readonly log: EventLog;
    readonly streams: RoomStreamRegistry;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly background: BackgroundTasks;
    readonly retentionMs: number;
  }) {
    this.#log = dependencies.log;
    this.#streams = dependencies.streams;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#retentionMs = dependencies.retentionMs;
    this.#sweeps = repeated(dependencies, SWEEP_MS, (run) => this.#sweep(run));
  }

  /** Runs the first sweep in the background. */
  begin(): void {
    this.#sweeps.begin();
  }

  /** A running sweep ends after its current step. */
  close(): void {
    this.#sweeps.close();
  }

  async #sweep(run: Run): Promise<void> {
    while (!run.isClosed && (await this.#log.deleteLeftoverReactions(ROWS_MAX))) {
      await this.#pause(run);
    }
    if (this.#retentionMs > 0) await this.#sweepMessages(run);
  }

  async #sweepMessages(run: Run): Promise<void> {
    const beganAtMs = this.#clock.monotonicMs();
    const beforeMs = this.#clock.nowMs() - this.#retentionMs;
    const total = { roomCount: 0, eventCount: 0, messageCount: 0 };
    try {
      for await (const roomId of this.#roomsOlderThan(run, beforeMs)) {
        const { events, messages } = await this.#prune(run, roomId, beforeMs);
        if (events > 0) await this.#announce(roomId);
        total.roomCount += events > 0 ? 1 : 0;
        total.eventCount += events;
        total.messageCount += messages;
      }
    } finally {
      // Last, even if another node has deleted everything: deleted events must not remain in
      // memory.
      this.#streams.forgetAllRecentEvents();
      const durationMs = Math.round(this.#clock.monotonicMs() - beganAtMs);
      if (total.eventCount > 0) {
        this.#logger.record({ event: 'retention.pruned', ...total, durationMs });
      }
    }
  }

  async *#roomsOlderThan(run: Run, beforeMs: number): AsyncGenerator<RoomId> {
    let after: RoomId | undefined;
    do {
      const starts = await this.#log.listLogStarts({ after, limit: ROOMS_PAGE });
      for (const { roomId, oldestAtMs } of starts) {
        if (run.isClosed) return;
        if (oldestAtMs !== undefined && oldestAtMs < beforeMs) yield roomId;
      }
      after = starts.length < ROOMS_PAGE ? undefined : starts.at(-1)?.roomId;
    } while (after !== undefined);
  }

  async #prune(run: Run, roomId: RoomId, beforeMs: number): Promise<Omit<Pruned, 'hasMore'>> {
    const total = { events: 0, messages: 0 };
    for (let isMore = true; isMore && !run.isClosed; ) {
      const cut = { beforeMs, eventsMax: EVENTS_MAX };
      const { events, messages, hasMore } = await this.#log.deleteMessagesOlderThan(roomId, cut);
      total.events += events;
      total.messages += messages;
      isMore = hasMore;
      this.#sincePause += events;
      if (hasMore || this.#sincePause >= EVENTS_MAX) await this.#pause(run);
    }
    return total;
  }

  /** Clients that have the room open on any node remove what they still show. */
  async #announce(roomId: RoomId): Promise<void> {
    const { firstSequence } = await this.#log.readEvents(roomId, 0, 1);
    const stream = this.#streams.get(roomId);
    if (stream !== undefined) showPruned(stream, firstSequence);
    this.#streams.send(roomId, { kind: 'history-pruned', firstSequence });
  }

  async #pause(run: Run): Promise<void> {
    this.#sincePause = 0;
    await run.pause(PAUSE_MS);
  }
}
