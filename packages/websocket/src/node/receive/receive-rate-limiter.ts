/** Pauses a peer that is ahead of its limits, as long as the excess requires, or closes it. */
import type { Clock, Timer } from '../clock.ts';
import type { Heartbeat } from '../liveness/heartbeat.ts';
import type { RateLimits } from '../options/rate-limits.ts';
import { MessageAndByteBuckets } from './message-and-byte-buckets.ts';
import { PAUSES, type SocketReader } from './socket-reader.ts';

export interface SharedRates {
  readonly options: RateLimits & { readonly clock: Clock };
  readonly counters: RateCounters;
  /** Knows how long what arrives now may have waited because this process did not run. */
  readonly heartbeat: Pick<Heartbeat, 'stoodStillMs'>;
}

export interface RateCounters {
  /** Number of pauses imposed on peers. */
  throttled: number;
  /** Number of connections closed for exceeding their rate. */
  closed: number;
}

/** Shortest pause worth a timer; shorter ones would stop and start a socket for each message. */
const PAUSE_MS_MIN = 50;

export class ReceiveRateLimiter {
  readonly #shared: SharedRates;
  readonly #reader: SocketReader;
  readonly #handleExceeded: () => void;
  readonly #buckets: MessageAndByteBuckets;
  #timer: Timer | undefined;
  #excusedUntilMs = 0;

  constructor(shared: SharedRates, reader: SocketReader, handleExceeded: () => void) {
    this.#shared = shared;
    this.#reader = reader;
    this.#handleExceeded = handleExceeded;
    this.#buckets = new MessageAndByteBuckets(shared.options);
  }

  countMessage(nowMs: number): void {
    this.#excuseStandstill(nowMs);
    this.#judge(this.#buckets.countMessage(nowMs), nowMs);
  }

  countBytes(byteCount: number, nowMs: number): void {
    this.#excuseStandstill(nowMs);
    this.#judge(this.#buckets.countBytes(byteCount, nowMs), nowMs);
  }

  excuse(pausedMs: number, nowMs: number): void {
    this.#buckets.excuse(pausedMs, nowMs);
  }

  /** Ends a pause: what comes next is judged by the present limits. */
  stop(): void {
    this.#timer?.clear();
    this.#end();
  }

  /** Once for each; a pause for the rate needs none, as it loses nothing. */
  #excuseStandstill(nowMs: number): void {
    const { options, heartbeat } = this.#shared;
    if (options.rateLimitPolicy === 'pause' || nowMs < this.#excusedUntilMs) return;
    const pausedMs = heartbeat.stoodStillMs(nowMs);
    if (pausedMs === 0) return;
    this.#excusedUntilMs = nowMs + pausedMs;
    this.excuse(pausedMs, nowMs);
  }

  #judge(waitMs: number, countedAtMs: number): void {
    if (waitMs === 0 || this.#timer !== undefined) return;
    const { options, counters } = this.#shared;
    if (options.rateLimitPolicy === 'close') {
      counters.closed += 1;
      this.#handleExceeded();
      return;
    }
    // Data held back meanwhile, by the application or for a later turn, has already waited.
    const leftMs = waitMs - (options.clock.now() - countedAtMs);
    if (leftMs <= 0) return;
    counters.throttled += 1;
    this.#timer = options.clock.setTimeout(this.#end, Math.max(leftMs, PAUSE_MS_MIN));
    this.#reader.pause(PAUSES.rate);
  }

  readonly #end = (): void => {
    this.#timer = undefined;
    this.#reader.resume(PAUSES.rate);
  };
}
