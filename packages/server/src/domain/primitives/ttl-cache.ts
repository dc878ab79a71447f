/** Answers of the store that are kept for a short time, so that a command does not ask each time. */
import type { Clock } from '../../ports/clock.ts';

interface Entry<Value> {
  readonly answer: Promise<Value>;
  readonly untilMs: number;
}

interface TtlCacheOptions {
  readonly ttlMs: number;
  /** Maximum number of answers; the oldest is dropped. */
  readonly entriesMax: number;
}

export class TtlCache<Value> {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #options: TtlCacheOptions;
  /** The latest question last. */
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, options: TtlCacheOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Asks once for all callers; a failure is not kept. */
  get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#entries.get(key);
    if (known !== undefined && nowMs < known.untilMs) return known.answer;
    const entry = { answer: ask(), untilMs: nowMs + this.#options.ttlMs };
    this.#entries.delete(key); // Moves to the end.
    this.#entries.set(key, entry);
    entry.answer.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > this.#options.entriesMax) {
      this.#entries.delete(oldest);
    }
    return entry.answer;
  }

  /** Drops an answer that has changed, also one that is still awaited. */
  forget(key: string): void {
    this.#entries.delete(key);
  }
}
