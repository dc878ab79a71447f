import type { ConnectionEnd } from '../../protocol/close-sequence.ts';
import { OPCODES } from '../../protocol/opcodes.ts';
import type { Clock } from '../clock.ts';
import { Histogram, PARSING_BOUNDS, ROUND_TRIP_BOUNDS, SIZE_BOUNDS } from './histogram.ts';
import { ParseTimer } from './parse-timer.ts';

export interface BroadcastTotals {
  count: number;
  sent: number;
  failed: number;
  filtered: number;
  /** Broadcasts, not deliveries, that were dropped because of overload. */
  dropped: number;
}

/** The counters, histograms and timers of a server, for all of its connections. */
export class Instrumentation {
  readonly received = new TrafficCounter();
  readonly sent = new TrafficCounter();
  /** Sizes of received messages, in bytes. */
  readonly sizes = new Histogram(SIZE_BOUNDS);
  readonly parseTimer: ParseTimer;
  readonly messageRate = new RateMeter();
  /** By result: `accepted`, `gone`, or the reason of the rejection. */
  readonly handshakes = new Tally();
  /** In milliseconds, of accepted upgrades. */
  readonly handshakeTimes = new Histogram(ROUND_TRIP_BOUNDS);
  readonly broadcasts: BroadcastTotals = { count: 0, sent: 0, failed: 0, filtered: 0, dropped: 0 };
  /** In milliseconds. */
  readonly broadcastTimes = new Histogram(PARSING_BOUNDS);
  readonly violations = new Tally();
  readonly errors = new Tally();
  /** Ends by cause and code, with a blank between. */
  readonly closes = new Tally();

  constructor(clock: Clock) {
    this.parseTimer = new ParseTimer(clock);
  }

  /** Codes that a peer may choose freely are counted together: they are unlimited labels. */
  countClose({ cause, code, sentCode }: ConnectionEnd): void {
    const isFree = code >= 3_000 && (cause === 'peerClose' || code !== sentCode);
    this.closes.add(`${cause} ${isFree ? `${Math.trunc(code / 1_000)}xxx` : code}`);
  }
}

export const MESSAGE_TYPES = ['text', 'binary', 'ping', 'pong', 'close'] as const;

/** Counts the traffic of one direction. */
export class TrafficCounter {
  bytes = 0;
  /** By opcode, of four bits. Doubles: they count beyond 2^32. */
  readonly #messages = new Float64Array(16);

  count(opcode: number): void {
    this.#messages[opcode] = (this.#messages[opcode] ?? 0) + 1;
  }

  messages(type: (typeof MESSAGE_TYPES)[number]): number {
    return this.#messages[OPCODES[type]] ?? 0;
  }

  get dataMessages(): number {
    return this.messages('text') + this.messages('binary');
  }
}

/** Counts by key; the keys are few. */
class Tally {
  readonly counts: Record<string, number> = {};

  add(key: string): void {
    this.counts[key] = (this.counts[key] ?? 0) + 1;
  }
}

const RATE_WINDOW_MS = 1_000;

/** Rate of growth of a counter, sampled about once a second. */
export class RateMeter {
  perSecond = 0;
  #count = 0;
  #sinceMs: number | undefined;

  /** Samples the counter; increments within less than a second wait for the next sample. */
  sample(count: number, nowMs: number): void {
    const elapsedMs = nowMs - (this.#sinceMs ?? nowMs);
    if (this.#sinceMs !== undefined && elapsedMs < RATE_WINDOW_MS) return;
    this.perSecond = elapsedMs === 0 ? 0 : ((count - this.#count) * 1_000) / elapsedMs;
    this.#count = count;
    this.#sinceMs = nowMs;
  }

  /** Sampling stops for a while: the rate is zero. */
  stop(): void {
    this.perSecond = 0;
    this.#sinceMs = undefined;
  }
}
