/** Keeps track of who types in the rooms that are open here, and forgets them in time. */
import type { RoomId, RoomPerson, UserId } from '@parley/protocol';
import type { CancelTimer, Environment } from './environment.ts';
import type { ClientStore } from './snapshot.ts';
import {
  clearTyping,
  clearTypingOfRoom,
  expireTyping,
  markTyping,
  type TypingState,
} from './typing-state.ts';

export class Typing {
  readonly #environment: Environment;
  readonly #store: ClientStore;
  #cancelTimer: CancelTimer | undefined;

  constructor(environment: Environment, store: ClientStore) {
    this.#environment = environment;
    this.#store = store;
  }

  take({ isTyping, ...person }: RoomPerson & { readonly isTyping: boolean }): void {
    const { typing, rooms } = this.#store.getSnapshot();
    if (!isTyping) this.#put(clearTyping(typing, person));
    else if (rooms.get(person.roomId)?.kind === 'open') {
      this.#put(markTyping(typing, person, this.#environment.nowMs()));
    }
  }

  /** A message, or a leave, ends the typing of its author. */
  end(roomId: RoomId, userId: UserId): void {
    this.#put(clearTyping(this.#store.getSnapshot().typing, { roomId, userId }));
  }

  endRoom(roomId: RoomId): void {
    this.#put(clearTypingOfRoom(this.#store.getSnapshot().typing, roomId));
  }

  /** Without a connection nobody is known to type. */
  endAll(): void {
    this.#put([]);
  }

  #put(typing: TypingState): void {
    if (typing === this.#store.getSnapshot().typing) return;
    this.#store.update({ typing });
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (typing.length === 0) return;
    const nextMs = Math.min(...typing.map(({ untilMs }) => untilMs));
    const delayMs = Math.max(0, nextMs - this.#environment.nowMs());
    this.#cancelTimer = this.#environment.setTimer(() => {
      const { typing: now } = this.#store.getSnapshot();
      this.#put(expireTyping(now, this.#environment.nowMs()));
    }, delayMs);
  }
}
