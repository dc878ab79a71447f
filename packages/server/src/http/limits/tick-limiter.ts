/**
 * Limits the tasks that start in one turn of the event loop: when a thousand clients reconnect
 * at once, connected clients are served in between.
 */
export class TickLimiter {
  readonly #perTurn: number;
  #waiting: (() => void)[] = [];
  #startedInTurn = 0;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Runs a task now, or in order in one of the next turns. The task must not throw. */
  run(task: () => void): void {
    if (this.#startedInTurn >= this.#perTurn) {
      this.#waiting.push(task);
      return;
    }
    if (this.#startedInTurn === 0) setImmediate(() => this.#nextTurn());
    this.#startedInTurn += 1;
    task();
  }

  #nextTurn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#startedInTurn = 0;
    for (const task of waiting) this.run(task);
  }
}
