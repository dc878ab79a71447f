/**
 * Sends what people write, in order and once: one message per room is under way,
 * and every try carries the same id. In memory only; a reload forgets it.
 *
 * What an entry can be is `outbox-state.ts`. Failures follow `wire.md`: retryable
 * codes wait and try again, any other is told to the author.
 */
import {
  ChatError,
  type ClientMessageId,
  ERROR_CODES,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { CancelTimer, Environment } from './environment.ts';
import type { Message } from './message.ts';
import {
  failRoom,
  firstHoldEndMs,
  headOfRoom,
  OUTBOX_ENTRIES_MAX,
  type OutboxEntry,
  type OutboxState,
  removeEntry,
  requeueEntry,
  updateEntry,
} from './outbox-state.ts';
import type { Outcome, Requests } from './requests.ts';
import { retryDelayMs } from './retry-timer.ts';
import type { ClosedReason } from './room-state.ts';
import type { ClientStore } from './snapshot.ts';

export class Outbox {
  readonly #environment: Environment;
  readonly #requests: Requests;
  readonly #store: ClientStore;
  #cancelHold: CancelTimer | undefined;

  constructor(
    environment: Environment,
    parts: { readonly requests: Requests; readonly store: ClientStore },
  ) {
    this.#environment = environment;
    this.#requests = parts.requests;
    this.#store = parts.store;
  }

  /**
   * Queues a text that `checkContent` has passed, and sends it when its turn comes.
   *
   * @throws {ChatError} `UNAVAILABLE` when the outbox is full; the text stays with its author.
   */
  add(roomId: RoomId, content: string): void {
    const outbox = this.#state();
    if (outbox.length >= OUTBOX_ENTRIES_MAX) {
      throw new ChatError('UNAVAILABLE', { message: 'Too many messages are waiting to be sent' });
    }
    const entry: OutboxEntry = {
      // The environment's ids are UUIDs, made for this.
      clientMessageId: this.#environment.newId() as ClientMessageId,
      roomId,
      content,
      composedAtMs: this.#environment.nowMs(),
      attempts: 0,
      state: { kind: 'queued' },
    };
    this.#update([...outbox, entry]);
    this.drain(roomId);
  }

  /** Sends the room's next entry, if it is its turn and the room is live. */
  drain(roomId: RoomId): void {
    const { connection, rooms } = this.#store.getSnapshot();
    const room = rooms.get(roomId);
    if (connection.kind !== 'open' || room?.kind !== 'open' || !room.isLive) return;
    const entry = headOfRoom(this.#state(), roomId);
    if (entry?.state.kind !== 'queued') return;

    const { clientMessageId, content } = entry;
    this.#update(updateEntry(this.#state(), clientMessageId, { state: { kind: 'sending' } }));
    this.#requests.ask('chat_message', { roomId, content, clientMessageId }, (outcome) =>
      this.#follow(entry, outcome),
    );
  }

  /** Undefined for what was settled or discarded before. */
  find(clientMessageId: ClientMessageId): OutboxEntry | undefined {
    return this.#state().find((each) => each.clientMessageId === clientMessageId);
  }

  /** The entry with this id is stored. */
  settle(clientMessageId: ClientMessageId): void {
    this.#update(removeEntry(this.#state(), clientMessageId));
  }

  /** Settles what shows up in the log: after a lost acknowledgement that is how one learns of it. */
  recognise(messages: readonly Message[], self: UserId): void {
    if (this.#state().length === 0) return;
    for (const { userId, clientMessageId, roomId } of messages) {
      if (userId !== self || clientMessageId === undefined) continue;
      if (this.find(clientMessageId)?.roomId === roomId) this.settle(clientMessageId);
    }
  }

  /** Tries a failed entry again, as the room's last. */
  retry(clientMessageId: ClientMessageId): void {
    this.#update(requeueEntry(this.#state(), clientMessageId));
    const entry = this.find(clientMessageId);
    if (entry !== undefined) this.drain(entry.roomId);
  }

  /** Gives a failed entry up. One that may still be stored cannot be taken back. */
  discard(clientMessageId: ClientMessageId): void {
    const isFailed = this.find(clientMessageId)?.state.kind === 'failed';
    if (isFailed) this.#update(removeEntry(this.#state(), clientMessageId));
  }

  /** The room is closed: what waits for it cannot be sent. */
  failRoom(roomId: RoomId, reason: ClosedReason): void {
    const code = reason === 'LEFT' ? 'NOT_IN_ROOM' : reason;
    const message = ERROR_CODES[code].message;
    this.#update(failRoom(this.#state(), roomId, { code, message }));
  }

  /** Nothing waits any more; the entries stay. */
  stop(): void {
    this.#cancelHold?.();
    this.#cancelHold = undefined;
  }

  #follow(
    { clientMessageId, roomId, attempts }: OutboxEntry,
    outcome: Outcome<'chat_message'>,
  ): void {
    const entry = this.find(clientMessageId);
    // Settled or failed by other news in the meantime; that counts.
    if (entry?.state.kind !== 'sending') {
      this.drain(roomId);
      return;
    }
    if (outcome.kind === 'cut_off') {
      this.#update(updateEntry(this.#state(), clientMessageId, { state: { kind: 'queued' } }));
    } else if (outcome.kind === 'refused') {
      this.#update(
        updateEntry(this.#state(), clientMessageId, {
          attempts: attempts + 1,
          state: this.#stateAfter(outcome.error, attempts),
        }),
      );
      this.#awaitHolds();
    }
    this.drain(roomId);
  }

  #stateAfter(error: ChatError, attempts: number): OutboxEntry['state'] {
    const { code, message } = error;
    if (!ERROR_CODES[code].retryable) return { kind: 'failed', code, message };
    const delayMs = retryDelayMs(error, attempts, this.#environment.random);
    return { kind: 'held', untilMs: this.#environment.nowMs() + delayMs };
  }

  #awaitHolds(): void {
    this.stop();
    const endMs = firstHoldEndMs(this.#state());
    if (endMs === undefined) return;
    const delayMs = Math.max(0, endMs - this.#environment.nowMs());
    this.#cancelHold = this.#environment.setTimer(() => this.#releaseHolds(), delayMs);
  }

  #releaseHolds(): void {
    const nowMs = this.#environment.nowMs();
    const due = this.#state().filter(
      ({ state }) => state.kind === 'held' && state.untilMs <= nowMs,
    );
    for (const { clientMessageId, roomId } of due) {
      this.#update(updateEntry(this.#state(), clientMessageId, { state: { kind: 'queued' } }));
      this.drain(roomId);
    }
    this.#awaitHolds();
  }

  #state(): OutboxState {
    return this.#store.getSnapshot().outbox;
  }

  #update(outbox: OutboxState): void {
    this.#store.update({ outbox });
  }
}
