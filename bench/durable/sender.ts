/** A connection that sends messages to a room. */
export interface Sender {
  /** Keeps this number of messages in flight. */
  begin(inFlight: number): void;
  /** Stops sending; resolves when every message was answered. */
  end(): Promise<void>;
  /** @throws if an acknowledged message cannot be read. */
  verify(): Promise<void>;
}

/** Counts of all senders together, since the last reset. */
export interface Tally {
  acknowledged: number;
  /** Messages from other senders. */
  delivered: number;
  latenciesMs: number[];
}

export interface SenderOptions {
  readonly url: string;
  readonly token: string;
  readonly roomId: string;
  readonly tally: Tally;
}

/** Answers arrive in the order of the messages, so send times need no ids. */
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
