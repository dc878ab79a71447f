/** Time as a port, so that tests and simulations can control it. */
export interface Clock {
  /** Milliseconds since 1970, UTC, for stored and displayed times. May jump. */
  nowMs(): number;
  /** Milliseconds since an arbitrary moment, for durations. Never decreases. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`, unless cancelled before. */
  schedule(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  /** Has no effect after the timer has run or was cancelled. */
  cancel(): void;
}
