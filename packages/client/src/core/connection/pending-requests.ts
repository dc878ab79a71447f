/**
 * Pending requests by a key that the caller chooses.
 *
 * Every request ends exactly once: answered, rejected, timed out, or cut off with its
 * connection. The last two mean what `UNAVAILABLE` means on the wire: perhaps done; send
 * it again with the same id.
 */
import { ChatError } from '@parley/protocol';
import type { CancelTimer, Environment } from '../environment.ts';

/** A request without an answer in this time counts as lost. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** Maximum number of pending requests; another is rejected with `UNAVAILABLE`. */
export const REQUESTS_MAX = 500;

export type Settled<Payload = unknown> =
  | { readonly kind: 'answered'; readonly payload: Payload }
  | { readonly kind: 'refused'; readonly error: ChatError }
  /** The connection was lost first. */
  | { readonly kind: 'cut_off' };

interface PendingRequest {
  readonly cancelTimer: CancelTimer;
  readonly finish: (settled: Settled) => void;
}

export class PendingRequests {
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #open = new Map<string, PendingRequest>();

  constructor(environment: Pick<Environment, 'setTimer'>) {
    this.#environment = environment;
  }

  /** Sends a request with `send`; `finish` is called once, synchronously if nothing can be sent. */
  ask(key: string, send: () => boolean, finish: (settled: Settled) => void): void {
    if (this.#open.size >= REQUESTS_MAX || this.#open.has(key)) {
      finish({ kind: 'refused', error: new ChatError('UNAVAILABLE') });
      return;
    }
    const cancelTimer = this.#environment.setTimer(
      () => this.settle(key, { kind: 'refused', error: timedOut() }),
      REQUEST_TIMEOUT_MS,
    );
    this.#open.set(key, { cancelTimer, finish });
    if (!send()) this.settle(key, { kind: 'cut_off' });
  }

  /** Ends the request with this key; a late answer changes nothing. */
  settle(key: string, settled: Settled): void {
    const pending = this.#open.get(key);
    if (pending === undefined) return;
    this.#open.delete(key);
    pending.cancelTimer();
    pending.finish(settled);
  }

  /** The connection is lost, and with it every answer. */
  cutOff(): void {
    for (const key of [...this.#open.keys()]) this.settle(key, { kind: 'cut_off' });
  }
}

function timedOut(): ChatError {
  return new ChatError('UNAVAILABLE', { message: 'The server did not answer' });
}
