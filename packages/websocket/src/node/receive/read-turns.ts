/**
 * Shares the turns of the event loop between connections that have much to read. They continue one
 * after the other, and as soon as the time of a turn is over, other sockets are read: a hundred
 * floods delay a quiet connection hardly more than one does.
 */
import { afterTurn, type Clock } from '../clock.ts';

/** After this time, the rest of the work is left to the next turns. */
const TURN_MS = 1;

/** Each may read a full buffer in the same turn, which takes time that is not known in advance. */
const CONTINUED_MAX = 8;

export interface TurnTaker {
  readonly clock: Clock;
  /** Must not throw. */
  takeTurn(nowMs: number): void;
}

export class ReadTurns {
  /** In their order; each at most once. */
  readonly #waiting = new Set<TurnTaker>();
  /** Since when the time of this turn runs; `undefined` until something long is read in it. */
  #beganMs: number | undefined;
  /** Callbacks of this turn that have not run, and those of the next one. */
  #left = 0;
  #scheduled = 0;

  /** Lets it continue in a later turn, behind those that wait already. */
  add(taker: TurnTaker): void {
    this.#waiting.add(taker);
    this.#schedule();
  }

  remove(taker: TurnTaker): void {
    this.#waiting.delete(taker);
  }

  /** Whether the time of this turn is over, which began at the latest with work at `beganMs`. */
  isOver(nowMs: number, beganMs: number): boolean {
    if (this.#beganMs === undefined) {
      this.#beganMs = beganMs;
      this.#schedule(1);
    }
    return nowMs - this.#beganMs >= TURN_MS;
  }

  /** A callback for each, so that what its messages resolve is done before the next one reads. */
  #schedule(countMin = 0): void {
    const count = Math.min(CONTINUED_MAX, this.#waiting.size - this.#left);
    while (this.#scheduled < Math.max(countMin, count)) {
      this.#scheduled += 1;
      afterTurn(this.#scheduled === 1 ? this.#beginTurn : this.#continueTurn);
    }
  }

  /** The callbacks of a turn were all scheduled before its first one runs. */
  readonly #beginTurn = (): void => {
    this.#left = this.#scheduled;
    this.#scheduled = 0;
    this.#beganMs = undefined;
    this.#continueTurn();
  };

  readonly #continueTurn = (): void => {
    this.#left -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const nowMs = next.clock.now();
    const isOver = this.isOver(nowMs, nowMs);
    if (!isOver) this.#waiting.delete(next);
    this.#schedule();
    if (!isOver) next.takeTurn(nowMs);
  };
}

/** Of all connections of this thread. */
export const READ_TURNS = new ReadTurns();
