/**
 * Whether the store answers: one look at a time, shared by all who ask. Who asks is
 * told within a second, whatever the store does.
 */
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';

/** A look is good for so long, counted from its beginning; a store that takes longer counts as down. */
export const LOOK_MS = 1000;

interface Look {
  readonly beganAtMs: number;
  readonly isUp: Promise<boolean>;
}

export class StoreProbe {
  readonly #log: Pick<EventLog, 'probe'>;
  readonly #clock: Clock;
  #running: Look | undefined;
  #last: Look | undefined;

  constructor(log: Pick<EventLog, 'probe'>, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** As far as is known; looked at most once a second, however often it is asked. */
  async isUp(): Promise<boolean> {
    const look = this.#running ?? this.#fresh ?? this.#begin();
    const waitMs = look.beganAtMs + LOOK_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) return false;
    const { promise: isLate, resolve } = Promise.withResolvers<boolean>();
    const timer = this.#clock.schedule(waitMs, () => resolve(false));
    const isUp = await Promise.race([look.isUp, isLate]);
    timer.cancel();
    return isUp;
  }

  /** A look that begins now, however long it takes. */
  async scheduleFullRepair(): Promise<boolean> {
    while (this.#running !== undefined) await this.#running.isUp;
    return this.#begin().isUp;
  }

  /** What was seen before it no longer counts. */
  forget(): void {
    this.#last = undefined;
  }

  get #fresh(): Look | undefined {
    if (this.#last === undefined) return undefined;
    const isFresh = this.#clock.monotonicMs() - this.#last.beganAtMs < LOOK_MS;
    return isFresh ? this.#last : undefined;
  }

  #begin(): Look {
    const look = { beganAtMs: this.#clock.monotonicMs(), isUp: this.#look() };
    this.#running = look;
    void look.isUp.then(() => {
      this.#running = undefined;
      this.#last = look;
    });
    return look;
  }

  async #look(): Promise<boolean> {
    try {
      await this.#log.probe();
      return true;
    } catch {
      return false; // What failed was recorded with the commit.
    }
  }
}
