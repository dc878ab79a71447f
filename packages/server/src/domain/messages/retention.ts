/**
 * Takes away what is older than it is to be kept: at the start, and once an hour. Every
 * node does so; the store sees to it that two of them do not disturb each other.
 */

import type { RoomId } from '@parley/protocol';
import type { Pruned } from '../../model/pruned-log.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

const SWEEP_MS = 60 * 60 * 1000;
/** Rooms that are looked at in one read. */
const ROOMS_PAGE = 1000;
/** Events that go in one transaction. Senders wait for it at most, and have the store to themselves in the pause. */
const EVENTS_MAX = 1000;
const PAUSE_MS = 100;

export class Retention {
  readonly #log: EventLog;
  readonly #streams: RoomStreamRegistry;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #background: BackgroundTasks;
  readonly #retentionMs: number;
  #timer: Timer | undefined;
  /** Events that went since the last pause, of whichever rooms. */
  #sincePause = 0;
  #isClosed = false;
  #endPause: (() => void) | undefined;

  /** @param parts `retentionMs`: how long events are kept; 0: for ever. */
  constructor(parts: {
    readonly log: EventLog;
    readonly streams: RoomStreamRegistry;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly background: BackgroundTasks;
    readonly retentionMs: number;
  }) {
    this.#log = parts.log;
    this.#streams = parts.streams;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#background = parts.background;
    this.#retentionMs = parts.retentionMs;
  }

  /** Nobody waits for the first sweep. */
  begin(): void {
    if (this.#retentionMs === 0) return;
    const sweep = this.#sweep().finally(() => {
      if (!this.#isClosed) this.#timer = this.#clock.schedule(SWEEP_MS, () => this.begin());
    });
    this.#background.run(sweep);
  }

  /** A sweep that is under way ends after its step. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#endPause?.();
  }

  async #sweep(): Promise<void> {
    const beganAtMs = this.#clock.monotonicMs();
    const beforeMs = this.#clock.nowMs() - this.#retentionMs;
    const total = { roomCount: 0, eventCount: 0, messageCount: 0 };
    try {
      for await (const roomId of this.#roomsOlderThan(beforeMs)) {
        const { events, messages } = await this.#prune(roomId, beforeMs);
        total.roomCount += events > 0 ? 1 : 0;
        total.eventCount += events;
        total.messageCount += messages;
      }
    } finally {
      // Last, and also where another node has done it all: what is gone is in no tail then.
      this.#streams.forgetAllRecentEvents();
      const durationMs = Math.round(this.#clock.monotonicMs() - beganAtMs);
      if (total.eventCount > 0) {
        this.#logger.record({ event: 'retention.pruned', ...total, durationMs });
      }
    }
  }

  async *#roomsOlderThan(beforeMs: number): AsyncGenerator<RoomId> {
    let after: RoomId | undefined;
    do {
      const starts = await this.#log.listLogStarts({ after, limit: ROOMS_PAGE });
      for (const { roomId, oldestAtMs } of starts) {
        if (this.#isClosed) return;
        if (oldestAtMs !== undefined && oldestAtMs < beforeMs) yield roomId;
      }
      after = starts.length < ROOMS_PAGE ? undefined : starts.at(-1)?.roomId;
    } while (after !== undefined);
  }

  async #prune(roomId: RoomId, beforeMs: number): Promise<Pruned> {
    const total = { events: 0, messages: 0 };
    for (let isMore = true; isMore && !this.#isClosed; ) {
      const cut = { beforeMs, eventsMax: EVENTS_MAX };
      const { events, messages } = await this.#log.deleteMessagesOlderThan(roomId, cut);
      total.events += events;
      total.messages += messages;
      isMore = events === EVENTS_MAX;
      this.#sincePause += events;
      if (this.#sincePause >= EVENTS_MAX) await this.#pause();
    }
    return total;
  }

  async #pause(): Promise<void> {
    this.#sincePause = 0;
    if (this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(PAUSE_MS, resolve);
    this.#endPause = resolve;
    await promise;
    timer.cancel();
  }
}
