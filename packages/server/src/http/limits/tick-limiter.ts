/**
 * Spreads work over turns of the event loop, at most so many pieces in each: when a
 * thousand clients come back at once, those who are here have their turns in between.
 */
export class TickLimiter {
  readonly #perTurn: number;
  #waiting: (() => void)[] = [];
  #begunInTurn = 0;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Runs it now, or in its order in one of the next turns. It must not throw. */
  run(piece: () => void): void {
    if (this.#begunInTurn >= this.#perTurn) {
      this.#waiting.push(piece);
      return;
    }
    if (this.#begunInTurn === 0) setImmediate(() => this.#nextTurn());
    this.#begunInTurn += 1;
    piece();
  }

  #nextTurn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#begunInTurn = 0;
    for (const piece of waiting) this.run(piece);
  }
}
