/**
 * Detects a server that does not answer at all. It opens when a call has timed out and no other
 * call was answered meanwhile: a slow statement or one lost connection must not fail other calls.
 * While it is open, calls fail immediately, and the server is probed until it answers.
 *
 * It detects silence only. Errors that the server returns arrive fast enough.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { NotBegun } from '../../ports/store.ts';

/** Interval between two probes in milliseconds. */
const PROBE_INTERVAL_MS = 1000;

export interface CircuitBreakerOptions {
  /** Probes over a new connection with its own time limits; returns whether the server answered. */
  readonly probe: () => Promise<boolean>;
  /** Called once the server has fallen silent, before the first probe. */
  readonly onOpen: () => void;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #closing = new AbortController();
  #answeredAtMs = 0;
  #probing: Promise<void> | undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** @throws NotBegun immediately while the server is silent. */
  check(): void {
    if (this.#probing !== undefined) throw new NotBegun('PostgreSQL does not answer');
  }

  noteAnswer(): void {
    this.#answeredAtMs = performance.now();
  }

  /** Reports a timeout of a call that started at that time. */
  noteSilence(beganAtMs: number): void {
    const isAnsweringOthers = this.#answeredAtMs > beganAtMs;
    if (isAnsweringOthers || this.#probing !== undefined || this.#closing.signal.aborted) return;
    this.#options.onOpen();
    this.#probing = this.#lookOn();
  }

  /** Stops probing. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#probing;
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#closing;
    while (!(await this.#options.probe()) && !signal.aborted) {
      // Ends immediately when the store is closed.
      await wait(PROBE_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
    // Calls that were already waiting no longer prove silence.
    this.noteAnswer();
    this.#probing = undefined;
  }
}
