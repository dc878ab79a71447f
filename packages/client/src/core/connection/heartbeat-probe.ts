/**
 * Asks a quiet server whether it is still there (CA-030, CA-033). A browser sees
 * no pings and may hold a dead socket for minutes. Any frame is a sign of life.
 */
import type { CancelTimer, Environment } from '../environment.ts';

/** Quiet time after which the server is asked: two fit into the 60 s of common proxies. */
export const PROBE_INTERVAL_MS = 20_000;
/** How long the server has to say anything at all. */
export const PROBE_REPLY_MS = 10_000;
/** The same, when something hints that the connection is gone. */
export const PROBE_REPLY_FAST_MS = 4_000;
/** The same, when the machine says that it has no network; a server on this machine still answers. */
export const PROBE_REPLY_OFFLINE_MS = 1_500;

export interface HeartbeatProbeOptions {
  readonly send: (sequence: number) => void;
  readonly onSilent: () => void;
}

export class HeartbeatProbe {
  readonly #environment: Pick<Environment, 'nowMs' | 'setTimer'>;
  readonly #options: HeartbeatProbeOptions;
  #sequence = 0;
  #heardAtMs = 0;
  #deadlineMs = 0;
  #cancelInterval: CancelTimer | undefined;
  #cancelDeadline: CancelTimer | undefined;

  constructor(
    environment: Pick<Environment, 'nowMs' | 'setTimer'>,
    options: HeartbeatProbeOptions,
  ) {
    this.#environment = environment;
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.heard();
    this.#watch(PROBE_INTERVAL_MS);
  }

  /** A frame came, whichever. */
  heard(): void {
    this.#heardAtMs = this.#environment.nowMs();
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  /** Asks now. Of two open questions the earlier deadline counts. */
  ask(replyMs: number): void {
    this.#sequence += 1;
    this.#options.send(this.#sequence);
    const deadlineMs = this.#environment.nowMs() + replyMs;
    if (this.#cancelDeadline !== undefined && this.#deadlineMs <= deadlineMs) return;
    this.#cancelDeadline?.();
    this.#deadlineMs = deadlineMs;
    this.#cancelDeadline = this.#environment.setTimer(() => {
      this.stop();
      this.#options.onSilent();
    }, replyMs);
  }

  stop(): void {
    this.#cancelInterval?.();
    this.#cancelDeadline?.();
    this.#cancelInterval = undefined;
    this.#cancelDeadline = undefined;
  }

  #watch(delayMs: number): void {
    this.#cancelInterval = this.#environment.setTimer(() => {
      const quietMs = this.#environment.nowMs() - this.#heardAtMs;
      // A clock that was set back tells nothing about the silence; asking is cheap.
      const isQuiet = quietMs >= PROBE_INTERVAL_MS || quietMs < 0;
      if (isQuiet) this.ask(PROBE_REPLY_MS);
      this.#watch(isQuiet ? PROBE_INTERVAL_MS : PROBE_INTERVAL_MS - quietMs);
    }, delayMs);
  }
}
