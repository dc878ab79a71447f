/** Keeps track of who types in the rooms that are open here, and forgets them in time. */
import type { RoomId, RoomPerson, UserId } from '@parley/protocol';
import type { CancelTimer, Environment } from './environment.ts';
import type { Cell } from './store.ts';
import {
  clearTyping,
  clearTypingOfRoom,
  expireTyping,
  markTyping,
  type TypingState,
} from './typing-state.ts';

export class Typing {
  readonly #environment: Pick<Environment, 'nowMs' | 'setTimer'>;
  readonly #typing: Cell<TypingState>;
  #cancelTimer: CancelTimer | undefined;

  constructor(environment: Pick<Environment, 'nowMs' | 'setTimer'>, typing: Cell<TypingState>) {
    this.#environment = environment;
    this.#typing = typing;
  }

  take({ isTyping, ...person }: RoomPerson & { readonly isTyping: boolean }): void {
    const typing = this.#typing.get();
    if (isTyping) this.#put(markTyping(typing, person, this.#environment.nowMs()));
    else this.#put(clearTyping(typing, person));
  }

  /** A message, or a leave, ends the typing of its author. */
  end(roomId: RoomId, userId: UserId): void {
    this.#put(clearTyping(this.#typing.get(), { roomId, userId }));
  }

  endRoom(roomId: RoomId): void {
    this.#put(clearTypingOfRoom(this.#typing.get(), roomId));
  }

  /** Without a connection nobody is known to type. */
  endAll(): void {
    this.#put([]);
  }

  #put(typing: TypingState): void {
    if (typing === this.#typing.get()) return;
    this.#typing.set(typing);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (typing.length === 0) return;
    const nextMs = Math.min(...typing.map(({ untilMs }) => untilMs));
    const delayMs = Math.max(0, nextMs - this.#environment.nowMs());
    this.#cancelTimer = this.#environment.setTimer(() => {
      this.#put(expireTyping(this.#typing.get(), this.#environment.nowMs()));
    }, delayMs);
  }
}
