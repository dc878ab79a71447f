/** Tracks the messages of one broadcast after the call. It delays and closes no connection. */
import type { Clock } from '../clock.ts';
import type { SendCallback } from '../send/send-queue.ts';

export interface BroadcastCompletion {
  /** Accepted by the system, in full. */
  readonly written: number;
  /** Rejected by the connection, or the connection ended before. */
  readonly lost: number;
  /** Still waiting for a slow peer; it will be written, or lost, later. */
  readonly pending: number;
}

export class BroadcastTracker {
  readonly #counts = { written: 0, lost: 0, pending: 0 };
  #handleSettled: (() => void) | undefined;

  track(): SendCallback {
    this.#counts.pending += 1;
    return (error) => {
      this.#counts[error === undefined ? 'written' : 'lost'] += 1;
      this.#counts.pending -= 1;
      if (this.#counts.pending === 0) this.#handleSettled?.();
    };
  }

  async wait(clock: Clock, timeoutMs: number): Promise<BroadcastCompletion> {
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, timeoutMs);
      this.#handleSettled = () => {
        timer.clear();
        resolve();
      };
      if (this.#counts.pending === 0) this.#handleSettled();
    });
    return { ...this.#counts };
  }
}
