/**
 * Decides whether commands may go to the store: a circuit breaker beside the commit queue.
 *
 * Closed: commits run. Open: commands are rejected at once, and the store is checked each second.
 * Half-open: health checks pass, but recent commits have unknown outcomes; one command is let
 * through, and its outcome closes or opens the breaker.
 */
import type { RoomId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import { CHECK_MS, StoreProbe } from './store-probe.ts';

/** Interval between two health checks of a store that is down. */
const PROBE_INTERVAL_MS = 1000;

/**
 * Number of consecutive commits with an unknown outcome after which a health check is not enough: a
 * commit has to succeed.
 */
const UNCERTAIN_MAX = 3;

/**
 * Number of rooms whose commits failed alone since the last success after which a health check is
 * not enough: the reason is more than the lock of one room.
 */
const FAILED_ROOMS_MAX = 3;

/** Whether commands are accepted: the breaker is closed, half-open, or open. */
export type StoreState = 'up' | 'half-open' | 'down';

interface CircuitBreakerOptions {
  readonly log: Pick<EventLog, 'probe'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called when the store is found to be down: commands must not wait for it. */
  readonly onOpen: () => void;
}

interface CommitFailure {
  readonly isUncertain: boolean;
  /** Rooms that were not begun though no other room was in the batch. */
  readonly roomsAlone: Iterable<RoomId>;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #probe: StoreProbe;
  #state: StoreState = 'up';
  #uncertainCount = 0;
  readonly #failedRooms = new Set<RoomId>();
  /** The state in the log: up means that commits succeed, or that a check has. */
  #isLoggedDown = false;
  #isClosing = false;
  #endPause: (() => void) | undefined;
  #recovery: Promise<void> | undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    const { log, clock, logger } = options;
    const onFailure = (error: unknown): void => {
      // While the store is down, its checks fail each second.
      if (!this.#isLoggedDown) logger.record({ event: 'store.failed', error });
    };
    this.#probe = new StoreProbe({ log, clock, onFailure });
  }

  /**
   * The state with the result of a health check that is at most a second old. The log names an
   * outage that is found here: perhaps no client writes.
   */
  async checkedState(): Promise<StoreState> {
    if (this.isOpen) return 'down';
    const isUp = await this.#probe.isUp();
    this.#logState(isUp ? this.#state : 'down');
    return isUp ? this.#state : 'down';
  }

  get isOpen(): boolean {
    return this.#state === 'down';
  }

  /** Resolves when commits may run again; undefined if they may run now. */
  get recovery(): Promise<void> | undefined {
    return this.#recovery;
  }

  /** Returns whether a command may be submitted; a half-open breaker admits one. */
  tryAdmit(): boolean {
    if (this.isOpen) return false;
    if (this.#state === 'half-open') this.#state = 'down';
    return true;
  }

  noteSuccess(): void {
    this.#uncertainCount = 0;
    this.#failedRooms.clear();
    this.#become('up');
  }

  /**
   * Reports a commit whose outcome is unknown, or that the store did not begin. Nothing is written
   * until a health check succeeds. The first check is immediate; if it fails, the breaker opens.
   * It also opens if checks pass but outcomes stay unknown, or room after room fails, until a
   * commit succeeds.
   */
  noteFailure({ isUncertain, roomsAlone }: CommitFailure): void {
    if (isUncertain) this.#uncertainCount += 1;
    for (const roomId of roomsAlone) this.#failedRooms.add(roomId);
    this.#recovery ??= this.#recover().finally(() => {
      this.#recovery = undefined;
    });
  }

  /** Ends waiting for the store at once. */
  close(): void {
    this.#isClosing = true;
    this.#endPause?.();
  }

  async #recover(): Promise<void> {
    // Failures of commits that ended together are counted before the check.
    await undefined;
    const isHalfOpen =
      this.#uncertainCount >= UNCERTAIN_MAX || this.#failedRooms.size >= FAILED_ROOMS_MAX;
    let isAnswering = !isHalfOpen && (await this.#isStoreUp());
    while (!isAnswering && !this.#isClosing) {
      this.#open();
      await this.#pause();
      isAnswering = await this.#isStoreUp();
    }
    if (isAnswering) this.#become(isHalfOpen ? 'half-open' : 'up');
  }

  /**
   * Returns whether the store answers. The breaker opens after a second, however long the check
   * takes.
   */
  async #isStoreUp(): Promise<boolean> {
    const timer = this.#options.clock.schedule(CHECK_MS, () => this.#open());
    const isAnswering = await this.#probe.checkNow();
    timer.cancel();
    return isAnswering;
  }

  #open(): void {
    this.#become('down');
    this.#options.onOpen();
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.schedule(PROBE_INTERVAL_MS, resolve);
    this.#endPause = resolve;
    await promise;
    timer.cancel();
    this.#endPause = undefined;
  }

  #become(state: StoreState): void {
    if (state !== this.#state) {
      this.#state = state;
      this.#probe.forget();
    }
    this.#logState(state);
  }

  #logState(state: StoreState): void {
    const isDown = state !== 'up';
    if (isDown === this.#isLoggedDown) return;
    this.#isLoggedDown = isDown;
    this.#options.logger.record({ event: isDown ? 'store.down' : 'store.up' });
  }
}
