/** Reports typing: 500 ms after the first key, then at most every 2 s, and when it stops. */
import type { RoomId } from '@parley/protocol';
import type { CancelTimer, Environment } from '../environment.ts';

/** A text that is sent faster than this is never reported. */
export const TYPING_START_DELAY_MS = 500;
/** Shorter than the server's timeout of 3 s. */
const TYPING_REFRESH_MS = 2_000;
/** Typing stops after this time without a key. */
export const TYPING_IDLE_MS = 3_000;

interface TypingSenderOptions {
  readonly send: (roomId: RoomId, isTyping: boolean) => void;
}

export class TypingSender {
  readonly #environment: Pick<Environment, 'nowMs' | 'setTimer'>;
  readonly #options: TypingSenderOptions;
  #roomId: RoomId | undefined;
  /** Time of the last report; undefined before the first. */
  #sentAtMs: number | undefined;
  #cancelStart: CancelTimer | undefined;
  #cancelIdle: CancelTimer | undefined;

  constructor(environment: Pick<Environment, 'nowMs' | 'setTimer'>, options: TypingSenderOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /** A key was pressed. The user types in one room at a time. */
  type(roomId: RoomId): void {
    if (this.#roomId !== roomId) this.stop();
    this.#roomId = roomId;
    this.#cancelIdle?.();
    this.#cancelIdle = this.#environment.setTimer(() => this.stop(), TYPING_IDLE_MS);

    if (this.#sentAtMs === undefined) {
      this.#cancelStart ??= this.#environment.setTimer(
        () => this.#tell(roomId),
        TYPING_START_DELAY_MS,
      );
    } else if (this.#environment.nowMs() - this.#sentAtMs >= TYPING_REFRESH_MS) {
      this.#tell(roomId);
    }
  }

  /** Sent, left, blurred or idle. A room without a report gets no stop. */
  stop(): void {
    const roomId = this.#roomId;
    const wasSent = this.#sentAtMs !== undefined;
    this.forget();
    if (roomId !== undefined && wasSent) this.#options.send(roomId, false);
  }

  /** The connection is lost, and with it the server's state. */
  forget(): void {
    this.#cancelStart?.();
    this.#cancelIdle?.();
    this.#cancelStart = undefined;
    this.#cancelIdle = undefined;
    this.#roomId = undefined;
    this.#sentAtMs = undefined;
  }

  #tell(roomId: RoomId): void {
    this.#sentAtMs = this.#environment.nowMs();
    this.#options.send(roomId, true);
  }
}
