/**
 * Checks whether the store answers: one check at a time, shared by all callers. Callers get a
 * result within a second, whatever the store does.
 */
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';

/** Validity of a check, counted from its beginning; a store that takes longer counts as down. */
export const CHECK_MS = 1000;

interface Check {
  readonly beganAtMs: number;
  readonly isUp: Promise<boolean>;
}

interface StoreProbeOptions {
  readonly log: Pick<EventLog, 'probe'>;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

export class StoreProbe {
  readonly #options: StoreProbeOptions;
  #running: Check | undefined;
  #last: Check | undefined;

  constructor(options: StoreProbeOptions) {
    this.#options = options;
  }

  get #clock(): Clock {
    return this.#options.clock;
  }

  /** The known state; checks at most once a second, however often it is called. */
  async isUp(): Promise<boolean> {
    const check = this.#running ?? this.#fresh ?? this.#begin();
    const waitMs = check.beganAtMs + CHECK_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) return false;
    const { promise: isLate, resolve } = Promise.withResolvers<boolean>();
    const timer = this.#clock.schedule(waitMs, () => resolve(false));
    const isUp = await Promise.race([check.isUp, isLate]);
    timer.cancel();
    return isUp;
  }

  /** Starts a new check, however long it takes. */
  async checkNow(): Promise<boolean> {
    while (this.#running !== undefined) await this.#running.isUp;
    return this.#begin().isUp;
  }

  /** Discards the last result. */
  forget(): void {
    this.#last = undefined;
  }

  get #fresh(): Check | undefined {
    if (this.#last === undefined) return undefined;
    const isFresh = this.#clock.monotonicMs() - this.#last.beganAtMs < CHECK_MS;
    return isFresh ? this.#last : undefined;
  }

  #begin(): Check {
    const check = { beganAtMs: this.#clock.monotonicMs(), isUp: this.#check() };
    this.#running = check;
    void check.isUp.then(() => {
      this.#running = undefined;
      this.#last = check;
    });
    return check;
  }

  async #check(): Promise<boolean> {
    try {
      await this.#options.log.probe();
      return true;
    } catch (error) {
      this.#options.onFailure(error);
      return false;
    }
  }
}
