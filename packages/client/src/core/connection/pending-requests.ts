/**
 * What was asked and is not answered yet, by a key of the asker's choice.
 *
 * Every question ends exactly once: answered, refused, timed out, or cut off with
 * its connection. The last two mean what `UNAVAILABLE` means on the wire: perhaps
 * done; ask again with the same id.
 */
import { ChatError } from '@parley/protocol';
import type { CancelTimer, Environment } from '../environment.ts';

/** A question that has no answer in this time is taken for lost. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** Questions under way at once; one more is refused at once with `UNAVAILABLE`. */
export const REQUESTS_MAX = 500;

export type Settled<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly error: ChatError }
  /** The connection ended first. */
  | { readonly kind: 'cut_off' };

interface Question<Answer> {
  readonly cancelTimer: CancelTimer;
  readonly finish: (settled: Settled<Answer>) => void;
}

export class PendingRequests<Answer> {
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #open = new Map<string, Question<Answer>>();

  constructor(environment: Pick<Environment, 'setTimer'>) {
    this.#environment = environment;
  }

  /** Asks by `send`; `finish` is called once, within the call where nothing can be sent. */
  ask(key: string, send: () => boolean, finish: (settled: Settled<Answer>) => void): void {
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

  /** Ends what was asked under the key; an end that comes too late changes nothing. */
  settle(key: string, settled: Settled<Answer>): void {
    const question = this.#open.get(key);
    if (question === undefined) return;
    this.#open.delete(key);
    question.cancelTimer();
    question.finish(settled);
  }

  /** The connection is gone, and with it every answer. */
  cutOff(): void {
    for (const key of [...this.#open.keys()]) this.settle(key, { kind: 'cut_off' });
  }
}

function timedOut(): ChatError {
  return new ChatError('UNAVAILABLE', { message: 'The server did not answer in time' });
}
