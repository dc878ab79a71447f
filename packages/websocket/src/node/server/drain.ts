/** Closes the connections of a server gradually: its successor does not get all clients at once. */
import type { Clock, Timer } from '../clock.ts';
import { SpreadSequence } from '../liveness/spread-sequence.ts';
import { choice, integer, type OptionValues } from '../options/option-table.ts';

export const DRAIN_OPTIONS = Object.freeze({
  /**
   * Milliseconds over which connections are closed, in waves one second apart; half of them in the
   * first half of it. Range 0 to 3,600,000; 0 closes all at once. Default 10,000: together with
   * `shutdownTimeout` within the 30 s of container platforms.
   */
  overMs: integer(10_000, [0, 3_600_000]),

  /** Close code: 1012 (service restart) or 1001 (going away). Default 1012. */
  code: choice<1012 | 1001>(1012, [1012, 1001]),

  /**
   * Seconds until clients may reconnect, sent as `Retry-After: N` in the reason of the close frame
   * and in the 503 to upgrades, spread up to twice as much. Range 1 to 3,600. Default 5.
   */
  retryAfterSeconds: integer(5, [1, 3_600]),
});

export type DrainOptions = Partial<OptionValues<typeof DRAIN_OPTIONS>>;

const WAVE_MS = 1_000;

interface Draining<Each> {
  readonly clock: Clock;
  readLeft(): readonly Each[];
  close(some: readonly Each[]): Promise<void>;
  /** Ends the waves: the caller closes the rest. */
  readonly signal: AbortSignal;
}

/** Resolves after the last wave, or when the signal aborts. */
export async function closeInWaves<Each>(
  overMs: number,
  { clock, readLeft, close, signal }: Draining<Each>,
): Promise<void> {
  const endMs = clock.now() + overMs;
  const isEnded = new Promise((resolve) => signal.addEventListener('abort', resolve));
  while (!signal.aborted) {
    const left = readLeft();
    // This wave, and the remaining ones.
    const waves = 1 + Math.ceil(Math.max(endMs - clock.now(), 0) / WAVE_MS);
    await close(left.slice(0, Math.ceil(left.length / waves)));
    if (waves === 1 || left.length === 0) return;
    let timer: Timer | undefined;
    const isNext = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, Math.min(WAVE_MS, Math.max(endMs - clock.now(), 0)));
    });
    await Promise.race([isNext, isEnded]);
    timer?.clear();
  }
}

/** From when on a server accepts no more clients, and when those may come back. */
export class Departure {
  hasBegun = false;
  /** Called when it begins. An `AbortSignal` needs linear time to remove a listener. */
  readonly listeners = new Set<() => void>();
  readonly #spread = new SpreadSequence();
  #retrySeconds = DRAIN_OPTIONS.retryAfterSeconds.initial;

  begin(retrySeconds = this.#retrySeconds): void {
    this.#retrySeconds = retrySeconds;
    if (this.hasBegun) return;
    this.hasBegun = true;
    for (const handleDeparture of this.listeners) handleDeparture();
  }

  /** Seconds until one client may reconnect: not all at once. */
  nextRetrySeconds(): number {
    return this.#retrySeconds + Math.floor(this.#spread.next() * (this.#retrySeconds + 1));
  }
}
