/** Time as the domain sees it, so that a test or a simulation can hold it still. */
export interface Clock {
  /** Milliseconds since 1970, UTC: for what is stored or shown. It may jump. */
  nowMs(): number;
  /** Milliseconds since some moment: for durations. It never goes back. */
  monotonicMs(): number;
  /** Runs `run` once, `delayMs` from now, unless it is cancelled before. */
  schedule(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  /** Does nothing once the timer has run or was cancelled. */
  cancel(): void;
}
