/**
 * Detects a server that does not answer at all. While calls wait and none was answered for two
 * seconds, the server is probed over a new connection. It opens when that is not answered either,
 * or when a call has timed out and no other call was answered meanwhile: a slow statement or one
 * lost connection must not fail other calls. While it is open, calls fail immediately, those that
 * were waiting too, and the server is probed until it answers.
 *
 * It detects silence only. Errors that the server returns arrive fast enough.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { NotBegun, StoreUnavailable } from '../../ports/store.ts';

/** Interval between two probes in milliseconds. */
const PROBE_INTERVAL_MS = 1000;
/** Milliseconds that a call waits without any answer before the server is probed. */
const SILENCE_MS = 2000;
const SILENT = 'PostgreSQL does not answer';

interface CircuitBreakerOptions {
  /** Probes over a new connection with its own time limits; returns whether the server answered. */
  readonly probe: () => Promise<boolean>;
  /** Called once the server has fallen silent, before the first probe. */
  readonly onOpen: () => void;
}

interface WaitingCall {
  readonly beganAtMs: number;
  readonly fail: (error: StoreUnavailable) => void;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #closing = new AbortController();
  /** In the order of their begin. */
  readonly #waiting = new Set<WaitingCall>();
  #silence: NodeJS.Timeout | undefined;
  #answeredAtMs = 0;
  #probing: Promise<void> | undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** @throws NotBegun immediately while the server is silent. */
  check(): void {
    if (this.#probing !== undefined) throw new NotBegun(SILENT);
  }

  noteAnswer(): void {
    this.#answeredAtMs = performance.now();
  }

  /**
   * Waits for the answer to a call.
   *
   * @throws StoreUnavailable if the server turns out to be silent; the answer may still follow.
   */
  waitFor<T>(answer: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const call = this.begin(reject);
    void answer.then(resolve, reject).then(() => this.end(call));
    return promise;
  }

  /**
   * Begins a call, which waits for an answer until `end`.
   *
   * @param fail Called if the server turns out to be silent; the answer may still follow.
   */
  begin(fail: WaitingCall['fail']): WaitingCall {
    const call = { beganAtMs: performance.now(), fail };
    this.#waiting.add(call);
    this.#silence ??= this.#watch(SILENCE_MS);
    return call;
  }

  end(call: WaitingCall): void {
    this.#waiting.delete(call);
  }

  /** Reports a timeout of a call that started at that time. */
  noteSilence(beganAtMs: number): void {
    const isAnsweringOthers = this.#answeredAtMs > beganAtMs;
    if (isAnsweringOthers || this.#probing !== undefined || this.#closing.signal.aborted) return;
    this.#options.onOpen();
    this.#failWaiting(performance.now());
    this.#probing = this.#probeUntilAnswered();
  }

  /** Stops probing. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#silence);
    await this.#probing;
  }

  #watch(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => void this.#lookForSilence(), delayMs).unref();
  }

  async #lookForSilence(): Promise<void> {
    const silentMs = this.#silentMs();
    if (silentMs >= SILENCE_MS && this.#probing === undefined) {
      const beganAtMs = performance.now();
      if (await this.#options.probe()) this.noteAnswer();
      else this.noteSilence(beganAtMs);
    }
    const isNeeded = this.#waiting.size > 0 && !this.#closing.signal.aborted;
    const delayMs = Math.max(SILENCE_MS - this.#silentMs(), PROBE_INTERVAL_MS);
    this.#silence = isNeeded ? this.#watch(delayMs) : undefined;
  }

  /** How long the calls that wait now have been waiting without any answer. */
  #silentMs(): number {
    const [longest] = this.#waiting;
    if (longest === undefined) return 0;
    return performance.now() - Math.max(longest.beganAtMs, this.#answeredAtMs);
  }

  async #probeUntilAnswered(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const beganAtMs = performance.now();
      if ((await this.#options.probe()) || signal.aborted) break;
      this.#failWaiting(beganAtMs);
      // Ends immediately when the store is closed.
      await wait(PROBE_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
    // Calls that were already waiting no longer prove silence.
    this.noteAnswer();
    this.#probing = undefined;
  }

  /** Fails the calls that were waiting at that time. */
  #failWaiting(atMs: number): void {
    for (const call of this.#waiting) {
      if (call.beganAtMs > atMs) return;
      this.#waiting.delete(call);
      call.fail(new StoreUnavailable(SILENT));
    }
  }
}
