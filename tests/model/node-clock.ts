/**
 * The clock of one simulated process: its wall time is wrong, its timers run fast or slowly, and
 * both stop with the process.
 */
import type { Clock, Timer } from '../../packages/server/src/ports/clock.ts';

export interface ClockSkew {
  /** Added to the true time. */
  readonly wallMs: number;
  /** Milliseconds that this clock counts per true millisecond. */
  readonly rate: number;
}

export class NodeClock implements Clock {
  readonly #clock: Clock;
  readonly #skew: ClockSkew;
  /** Tasks that became due while the process was stopped. */
  readonly #due: (() => void)[] = [];
  #state: 'running' | 'paused' | 'ended' = 'running';

  constructor(clock: Clock, skew: ClockSkew) {
    this.#clock = clock;
    this.#skew = skew;
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#skew.wallMs;
  }

  monotonicMs(): number {
    return Math.floor(this.#clock.monotonicMs() * this.#skew.rate);
  }

  schedule(delayMs: number, run: () => void): Timer {
    let isCancelled = false;
    const runUnlessCancelled = (): void => {
      if (!isCancelled) run();
    };
    const trueMs = Math.ceil(delayMs / this.#skew.rate);
    const timer = this.#clock.schedule(trueMs, () => this.run(runUnlessCancelled));
    const cancel = (): void => {
      isCancelled = true;
      timer.cancel();
    };
    return { cancel };
  }

  /** Runs something in the process: later if it is paused, never if it has ended. */
  run(task: () => void): void {
    if (this.#state === 'running') task();
    else if (this.#state === 'paused') this.#due.push(task);
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const task of this.#due.splice(0)) this.run(task);
  }

  end(): void {
    this.#state = 'ended';
    this.#due.length = 0;
  }
}
