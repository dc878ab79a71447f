/**
 * Whether the server says anything at all. It opens when a call has waited in vain and
 * nothing else was answered meanwhile either: a slow statement, or one connection that
 * was lost, is no reason to turn the others away. While it is open, calls fail at once,
 * and the server is looked for until it answers.
 *
 * It knows silence only. What the server answers, be it a refusal, comes fast enough.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../../ports/store.ts';

/** Between two looks. */
const LOOK_INTERVAL_MS = 1000;

export interface CircuitBreakerOptions {
  /** Over a new connection, within bounds of its own: whether the server said anything. */
  readonly look: () => Promise<boolean>;
  /** Told once the server has fallen silent, before the first look. */
  readonly onOpen: () => void;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #closing = new AbortController();
  #answeredAtMs = 0;
  #looking: Promise<void> | undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** @throws StoreUnavailable at once, while the server is silent. */
  check(): void {
    if (this.#looking !== undefined) throw new StoreUnavailable('PostgreSQL is out of reach');
  }

  noteAnswer(): void {
    this.#answeredAtMs = performance.now();
  }

  /** A call that began then has waited long enough. */
  noteSilence(beganAtMs: number): void {
    const isAnsweringOthers = this.#answeredAtMs > beganAtMs;
    if (isAnsweringOthers || this.#looking !== undefined || this.#closing.signal.aborted) return;
    this.#options.onOpen();
    this.#looking = this.#lookOn();
  }

  /** Looks no longer. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#closing;
    while (!(await this.#options.look()) && !signal.aborted) {
      // It ends at once when the store is closed.
      await wait(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
    // What waits since before is no sign of silence any more.
    this.noteAnswer();
    this.#looking = undefined;
  }
}
