/**
 * Compares the clock of this machine with that of the database, which all nodes share: each node decides
 * by its own clock whether a mute, a ban or a suspension has ended.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

interface ClockWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads the other clock; undefined if there is none. */
  readonly readStoreMs: (() => Promise<number>) | undefined;
}

const INTERVAL_MS = 300_000;
/** Sanctions end at most this much too early or too late before the operator is warned. */
const DIFFERENCE_MAX_MS = 1000;

export class ClockWatch {
  readonly #options: ClockWatchOptions;
  #aheadMs: number | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
  }

  /**
   * By how much this machine is ahead at least, negative if it is behind: what the answer took is
   * subtracted. Undefined without a measurement.
   */
  get aheadMs(): number | undefined {
    return this.#aheadMs;
  }

  /** For readiness; undefined if the clocks agree, as far as known. */
  get report(): { readonly aheadSeconds: number } | undefined {
    const ms = this.#aheadMs ?? 0;
    return Math.abs(ms) > DIFFERENCE_MAX_MS ? { aheadSeconds: ms / 1000 } : undefined;
  }

  /** Measures now, and every five minutes. Resolves with the first measurement. */
  async begin(): Promise<void> {
    const { clock, readStoreMs } = this.#options;
    if (readStoreMs === undefined) return;
    this.#aheadMs = await this.#measure(readStoreMs);
    if (this.#isClosed) return;
    if (this.report !== undefined) {
      this.#options.logger.record({ event: 'clock.differs', ...this.report });
    }
    this.#timer = clock.schedule(INTERVAL_MS, () => void this.begin());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #measure(readStoreMs: () => Promise<number>): Promise<number | undefined> {
    const { clock } = this.#options;
    try {
      const [sentAtMs, beganAtMs] = [clock.nowMs(), clock.monotonicMs()];
      const storeMs = await readStoreMs();
      // The store read its clock at any moment of that time.
      const halfMs = (clock.monotonicMs() - beganAtMs) / 2;
      const aheadMs = sentAtMs + halfMs - storeMs;
      const isAhead = aheadMs > 0;
      return Math.round(isAhead ? Math.max(0, aheadMs - halfMs) : Math.min(0, aheadMs + halfMs));
    } catch {
      // The store reports its outage itself.
      return undefined;
    }
  }
}
