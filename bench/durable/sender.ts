/** One connection that writes into one room. */
export interface Sender {
  /** Keeps so many messages without an answer. */
  begin(inFlight: number): void;
  /** Sends no more; resolves when every message was answered. */
  end(): Promise<void>;
  /** @throws when what was acknowledged is not there. */
  verify(): Promise<void>;
}

/** Counts of all senders together, since the last reset. */
export interface Tally {
  acknowledged: number;
  /** Messages of others. */
  delivered: number;
  latenciesMs: number[];
}

export interface SenderTerms {
  readonly url: string;
  readonly token: string;
  readonly roomId: string;
  readonly tally: Tally;
}

/** Answers come in the order of the messages, so times need no names. */
export class InFlight {
  readonly #tally: Tally;
  readonly #send: () => void;
  readonly #sentAtMs: number[] = [];
  #next = 0;
  #isEnding = false;
  #handleEmpty: (() => void) | undefined;

  constructor(tally: Tally, send: () => void) {
    this.#tally = tally;
    this.#send = send;
  }

  fill(count: number): void {
    for (let sent = 0; sent < count; sent += 1) this.#sendOne();
  }

  settleOne(): void {
    const sentAtMs = this.#sentAtMs[this.#next] ?? Number.NaN;
    this.#next += 1;
    this.#tally.acknowledged += 1;
    this.#tally.latenciesMs.push(performance.now() - sentAtMs);
    if (!this.#isEnding) this.#sendOne();
    else if (this.#next === this.#sentAtMs.length) this.#handleEmpty?.();
  }

  end(): Promise<void> {
    this.#isEnding = true;
    return new Promise((resolve) => {
      this.#handleEmpty = resolve;
      if (this.#next === this.#sentAtMs.length) resolve();
    });
  }

  #sendOne(): void {
    this.#sentAtMs.push(performance.now());
    this.#send();
  }
}
