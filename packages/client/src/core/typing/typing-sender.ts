/**
 * Tells a room that one types: 500 ms after the first key, again at most every
 * 2 s while it goes on, and that it is over (spec section 8).
 */
import type { RoomId } from '@parley/protocol';
import type { CancelTimer, Environment } from '../environment.ts';

/** What is written and sent faster than this is never announced. */
export const TYPING_START_DELAY_MS = 500;
/** Under the server's own timeout of 3 s. */
const TYPING_REFRESH_MS = 2_000;
/** Without a key for this long it is over. */
export const TYPING_IDLE_MS = 3_000;

export interface TypingSenderOptions {
  readonly send: (roomId: RoomId, isTyping: boolean) => void;
}

export class TypingSender {
  readonly #environment: Pick<Environment, 'nowMs' | 'setTimer'>;
  readonly #options: TypingSenderOptions;
  #roomId: RoomId | undefined;
  /** When the room was told last; absent until it was. */
  #toldAtMs: number | undefined;
  #cancelStart: CancelTimer | undefined;
  #cancelIdle: CancelTimer | undefined;

  constructor(environment: Pick<Environment, 'nowMs' | 'setTimer'>, options: TypingSenderOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /** A key was pressed. One types in one room at a time. */
  type(roomId: RoomId): void {
    if (this.#roomId !== roomId) this.stop();
    this.#roomId = roomId;
    this.#cancelIdle?.();
    this.#cancelIdle = this.#environment.setTimer(() => this.stop(), TYPING_IDLE_MS);

    if (this.#toldAtMs === undefined) {
      this.#cancelStart ??= this.#environment.setTimer(
        () => this.#tell(roomId),
        TYPING_START_DELAY_MS,
      );
    } else if (this.#environment.nowMs() - this.#toldAtMs >= TYPING_REFRESH_MS) {
      this.#tell(roomId);
    }
  }

  /** Sent, left, blurred or idle. A room that was never told hears nothing. */
  stop(): void {
    const roomId = this.#roomId;
    const wasTold = this.#toldAtMs !== undefined;
    this.forget();
    if (roomId !== undefined && wasTold) this.#options.send(roomId, false);
  }

  /** The connection is gone, and with it what the server knew. */
  forget(): void {
    this.#cancelStart?.();
    this.#cancelIdle?.();
    this.#cancelStart = undefined;
    this.#cancelIdle = undefined;
    this.#roomId = undefined;
    this.#toldAtMs = undefined;
  }

  #tell(roomId: RoomId): void {
    this.#toldAtMs = this.#environment.nowMs();
    this.#options.send(roomId, true);
  }
}
