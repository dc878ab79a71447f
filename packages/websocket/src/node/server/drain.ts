/**
 * A server that is to be replaced lets its connections go a few at a time, so that those who come
 * after it are not met by all clients at once. Requirement G-12.
 */
import type { Clock } from '../clock.ts';
import { SpreadSequence } from '../liveness/spread-sequence.ts';
import { checkInteger, rejectOption, takeGiven } from '../options/checks.ts';

export interface DrainOptions {
  /**
   * Over how long connections are closed, in waves of a second; half of them after half of it.
   * Range 0 to 3,600,000; 0 closes all at once. Default 10,000: with `shutdownTimeout` within the
   * 30 s that container platforms grant.
   */
  readonly overMs?: number;

  /** What they are closed with: 1012, come back, or 1001, going away. Default 1012. */
  readonly code?: 1012 | 1001;

  /**
   * When clients may come back, in seconds, told as `Retry-After: N` in the reason of the close
   * frame and in the 503 to newcomers: from this on, spread over as long again. Range 1 to 3,600.
   * Default 5.
   */
  readonly retryAfterSeconds?: number;
}

export const DRAIN_DEFAULTS: Required<DrainOptions> = Object.freeze({
  overMs: 10_000,
  code: 1012,
  retryAfterSeconds: 5,
});

const KNOWN: ReadonlySet<string> = new Set(Object.keys(DRAIN_DEFAULTS));

const WAVE_MS = 1_000;

/** @throws {WebSocketError} `INVALID_ARGUMENT`, naming option, value found and range. */
export function checkDrain(given: DrainOptions): Required<DrainOptions> {
  const set = takeGiven(given, KNOWN);
  const options: Required<DrainOptions> = { ...DRAIN_DEFAULTS, ...Object.fromEntries(set) };
  checkInteger('overMs', options.overMs, [0, 3_600_000]);
  checkInteger('retryAfterSeconds', options.retryAfterSeconds, [1, 3_600]);
  if (options.code !== 1012 && options.code !== 1001) {
    rejectOption('code', options.code, '1012, 1001');
  }
  return options;
}

/** When those who are sent away may come back: not all of them together. */
export class RetryHints {
  readonly #spread = new SpreadSequence();
  #fromSeconds = DRAIN_DEFAULTS.retryAfterSeconds;

  startAt(seconds: number): void {
    this.#fromSeconds = seconds;
  }

  nextSeconds(): number {
    return this.#fromSeconds + Math.floor(this.#spread.next() * (this.#fromSeconds + 1));
  }
}

/** What one wave after another takes from. */
interface Draining<Each> {
  readonly clock: Clock;
  /** Those that are still there, oldest first. */
  readLeft(): readonly Each[];
  close(some: readonly Each[]): Promise<void>;
  /** No more waves: somebody closes the rest. */
  readonly signal: AbortSignal;
}

/** Resolves when nobody is left, or the signal says so. */
export async function closeInWaves<Each>(
  overMs: number,
  { clock, readLeft, close, signal }: Draining<Each>,
): Promise<void> {
  const endMs = clock.now() + overMs;
  while (!signal.aborted) {
    const left = readLeft();
    // This wave, and those that are still to come.
    const waves = 1 + Math.ceil(Math.max(endMs - clock.now(), 0) / WAVE_MS);
    await close(left.slice(0, Math.ceil(left.length / waves)));
    if (waves === 1 || left.length === 0) return;
    await pause(clock, Math.min(WAVE_MS, endMs - clock.now()), signal);
  }
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      timer.clear();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimeout(end, delayMs);
    signal.addEventListener('abort', end);
  });
}
