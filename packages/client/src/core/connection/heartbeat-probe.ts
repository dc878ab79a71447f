/**
 * Probes a silent server. Browsers do not expose pings (RFC 6455 section 5.5.2) and may
 * keep a dead socket for minutes. Any frame is a sign of life.
 */
import type { CancelTimer, Environment } from '../environment.ts';

/** Silence after which the server is probed: two probes fit into the 60 s of common proxies. */
export const PROBE_INTERVAL_MS = 20_000;
/**
 * Interval of the timer. A late timer shows that the machine slept, which no event may report:
 * the server may have closed the connection meanwhile.
 */
export const CHECK_INTERVAL_MS = 5_000;
/** Time limit for any frame after a probe. */
export const PROBE_REPLY_MS = 10_000;
/** Time limit after a hint that the connection is lost. */
export const PROBE_REPLY_FAST_MS = 4_000;
/**
 * Time limit after the machine reported that it has no network; a server on the same
 * machine still answers.
 */
export const PROBE_REPLY_OFFLINE_MS = 1_500;

interface HeartbeatProbeOptions {
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
    this.onFrame();
    this.#watch();
  }

  /** Any frame arrived. */
  onFrame(): void {
    this.#heardAtMs = this.#environment.nowMs();
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
  }

  /** Probes now. With two pending probes the earlier deadline counts. */
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

  #watch(): void {
    const sinceMs = this.#environment.nowMs();
    this.#cancelInterval = this.#environment.setTimer(() => {
      const nowMs = this.#environment.nowMs();
      const quietMs = nowMs - this.#heardAtMs;
      // If the clock was set back, the length of the silence is unknown; a probe is
      // cheap.
      if (nowMs - sinceMs >= 2 * CHECK_INTERVAL_MS) this.ask(PROBE_REPLY_FAST_MS);
      else if (!this.#cancelDeadline && (quietMs >= PROBE_INTERVAL_MS || quietMs < 0)) {
        this.ask(PROBE_REPLY_MS);
      }
      this.#watch();
    }, CHECK_INTERVAL_MS);
  }
}
