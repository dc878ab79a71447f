/** Delays a retry: as long as the server asked for, else with backoff. */
import type { ChatError } from '@parley/protocol';
import type { CancelTimer, Environment } from '../environment.ts';
import { backoffDelayMs } from './backoff.ts';

export class RequestRetryTimer {
  readonly #environment: Pick<Environment, 'setTimer' | 'random'>;
  readonly #retry: () => void;
  #attempts = 0;
  #cancel: CancelTimer | undefined;

  constructor(environment: Pick<Environment, 'setTimer' | 'random'>, retry: () => void) {
    this.#environment = environment;
    this.#retry = retry;
  }

  get isWaiting(): boolean {
    return this.#cancel !== undefined;
  }

  /** Schedules one retry; a pending retry is postponed. */
  schedule(error?: ChatError): void {
    this.#cancel?.();
    const delayMs = retryDelayMs(error, this.#attempts, this.#environment.random);
    this.#attempts += 1;
    this.#cancel = this.#environment.setTimer(() => {
      this.#cancel = undefined;
      this.#retry();
    }, delayMs);
  }

  /**
   * The attempt succeeded or is not wanted any more: cancels the retry, and the next
   * delay is short again.
   */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#attempts = 0;
  }
}

/** The server's `retryAfter`, else backoff; in milliseconds. */
export function retryDelayMs(
  error: ChatError | undefined,
  attempts: number,
  random: () => number,
): number {
  const seconds = error?.details.retryAfterSeconds;
  return seconds === undefined ? backoffDelayMs(attempts, random) : seconds * 1_000;
}
