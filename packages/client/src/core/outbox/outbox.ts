/**
 * Sends messages in order and once: one message per room is pending, and every attempt
 * uses the same id. The transport is chosen by the sender it is given. In memory;
 * `outbox-storage.ts` keeps it beyond a reload.
 *
 * `outbox-state.ts` defines the entries. Retryable error codes wait and try again; every
 * other error is shown to the author.
 */
import {
  ChatError,
  type ClientMessageId,
  ERROR_CODES,
  type ErrorCode,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { retryDelayMs } from '../connection/request-retry-timer.ts';
import type { CancelTimer, Environment } from '../environment.ts';
import type { Cell } from '../store.ts';
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
import { recipientOf } from './recipient-key.ts';

/** How a message is sent. */
export interface Sender {
  /** Whether the room accepts a message now; `drain` is called when that becomes true. */
  readonly isReady: (roomId: RoomId) => boolean;
  /** Whether the entry is stored as it is; if not, `drain` is called when it is. Default: true. */
  readonly isWritten?: (clientMessageId: ClientMessageId) => boolean;
  /** Sends it to the server; `onOutcome` is called once, possibly synchronously. */
  readonly send: (entry: OutboxEntry, onOutcome: (outcome: SendOutcome) => void) => void;
}

export type SendOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly error: ChatError }
  /** The connection was lost first: it is tried again when the room is ready. */
  | { readonly kind: 'cut_off' };

/** The fields of a logged message that identify an outbox entry. */
interface StoredMessage {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly clientMessageId?: ClientMessageId;
}

export type SendOptions = {
  readonly [Name in 'replyTo' | 'attachments']?: OutboxEntry[Name] | undefined;
} & { readonly alsoToRoom?: boolean | undefined };

type OutboxEnvironment = Pick<Environment, 'nowMs' | 'setTimer' | 'random' | 'newId'>;

export class Outbox {
  readonly #environment: OutboxEnvironment;
  readonly #entries: Cell<OutboxState>;
  readonly #sender: Sender;
  #cancelHold: CancelTimer | undefined;
  /** Entries of which no attempt has an unknown outcome; those of an earlier client may have one. */
  readonly #firstTries = new Set<ClientMessageId>();

  constructor(environment: OutboxEnvironment, entries: Cell<OutboxState>, sender: Sender) {
    this.#environment = environment;
    this.#entries = entries;
    this.#sender = sender;
  }

  /**
   * Queues a text that passed `checkContent`, and sends it in its turn. Returns the id of
   * the entry.
   *
   * @throws {ChatError} `UNAVAILABLE` if the outbox is full; the text stays with its
   * author.
   */
  add(
    roomId: RoomId,
    content: string,
    { replyTo, alsoToRoom, attachments = [] }: SendOptions = {},
  ): ClientMessageId {
    const outbox = this.#entries.get();
    if (outbox.length >= OUTBOX_ENTRIES_MAX) {
      throw new ChatError('UNAVAILABLE', { message: 'Too many messages are waiting' });
    }
    const entry: OutboxEntry = {
      // Ids of the environment are UUIDs for this purpose.
      clientMessageId: this.#environment.newId() as ClientMessageId,
      roomId,
      content,
      composedAtMs: this.#environment.nowMs(),
      attempts: 0,
      mayBeStored: false,
      state: { kind: 'queued' },
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(alsoToRoom && { alsoToRoom }),
      ...(attachments.length === 0 ? {} : { attachments }),
    };
    this.#entries.set([...outbox, entry]);
    this.drain(roomId);
    return entry.clientMessageId;
  }

  /** Sends the room's next entry if the room is ready. */
  drain(roomId: RoomId): void {
    if (!this.#sender.isReady(roomId)) return;
    const entry = headOfRoom(this.#entries.get(), roomId);
    if (entry?.state.kind !== 'queued') {
      // Also if it was held before `stop`.
      this.#awaitHolds();
      return;
    }

    const { clientMessageId } = entry;
    // Recorded first, so that it is known after a crash.
    if (!entry.mayBeStored) {
      this.#firstTries.add(clientMessageId);
      this.update(clientMessageId, { mayBeStored: true });
    }
    if (this.#sender.isWritten?.(clientMessageId) === false) return;
    this.update(clientMessageId, { state: { kind: 'sending' } });
    this.#sender.send(entry, (outcome) => this.#follow(entry, outcome));
  }

  /** The same for all rooms. */
  drainAll(): void {
    for (const { roomId } of this.#entries.get()) this.drain(roomId);
  }

  /** Undefined if it was settled or discarded. */
  find(clientMessageId: ClientMessageId): OutboxEntry | undefined {
    return this.#entries.get().find((each) => each.clientMessageId === clientMessageId);
  }

  update(clientMessageId: ClientMessageId, change: Parameters<typeof updateEntry>[2]): void {
    this.#entries.set(updateEntry(this.#entries.get(), clientMessageId, change));
  }

  /** The entry with this id is stored. It stays until its edit is stored too. */
  settle(clientMessageId: ClientMessageId): void {
    if (this.find(clientMessageId)?.edit === undefined) this.#remove(clientMessageId);
  }

  /**
   * Settles entries that appear in the log: after a lost acknowledgement only the log
   * shows them.
   */
  recognise(messages: readonly StoredMessage[], self: UserId): void {
    for (const { userId, clientMessageId, roomId } of messages) {
      if (userId !== self || clientMessageId === undefined) continue;
      const key = this.find(clientMessageId)?.roomId;
      if (key === undefined) continue;
      // The room of a message to a user may be new.
      if (key === roomId || recipientOf(key) !== undefined) this.settle(clientMessageId);
    }
  }

  /**
   * Replaces the text of an entry that the server has certainly not stored; a failed entry is
   * retried. Returns whether it did; if not, the entry keeps the text until the edit is stored.
   */
  edit(clientMessageId: ClientMessageId, content: string): boolean {
    if (this.find(clientMessageId)?.mayBeStored !== false) {
      this.update(clientMessageId, { edit: content });
      this.retry(clientMessageId);
      return false;
    }
    this.update(clientMessageId, { content });
    this.retry(clientMessageId);
    return true;
  }

  /** Retries a failed entry at the end of its room's queue. */
  retry(clientMessageId: ClientMessageId): void {
    this.#entries.set(requeueEntry(this.#entries.get(), clientMessageId));
    const entry = this.find(clientMessageId);
    if (entry !== undefined) this.drain(entry.roomId);
  }

  /** Discards a failed entry. An entry that may be stored cannot be withdrawn. */
  discard(clientMessageId: ClientMessageId): void {
    if (this.find(clientMessageId)?.state.kind === 'failed') this.#remove(clientMessageId);
  }

  /** Withdraws an entry that the server has certainly not stored. Returns whether it did. */
  cancel(clientMessageId: ClientMessageId): boolean {
    const entry = this.find(clientMessageId);
    if (entry?.mayBeStored !== false) return false;
    this.#remove(clientMessageId);
    this.drain(entry.roomId);
    return true;
  }

  /** The room is closed: its entries cannot be sent. */
  failRoom(roomId: RoomId, code: ErrorCode): void {
    const { message } = ERROR_CODES[code];
    this.#entries.set(failRoom(this.#entries.get(), roomId, { code, message }));
  }

  /** Stops all timers; the entries stay. */
  stop(): void {
    this.#cancelHold?.();
    this.#cancelHold = undefined;
  }

  #follow({ clientMessageId, roomId, attempts }: OutboxEntry, outcome: SendOutcome): void {
    const entry = this.find(clientMessageId);
    // If not, it was settled or failed meanwhile for another reason, which counts.
    const isSending = entry?.state.kind === 'sending';
    // Only `UNAVAILABLE` leaves the outcome open.
    const isUnknown =
      outcome.kind === 'cut_off' ||
      (outcome.kind === 'refused' && outcome.error.code === 'UNAVAILABLE');
    if (isUnknown) this.#firstTries.delete(clientMessageId);
    if (isSending && outcome.kind === 'cut_off') {
      this.update(clientMessageId, { state: { kind: 'queued' } });
    } else if (isSending && outcome.kind === 'refused') {
      const state = this.#stateAfter(outcome.error, attempts);
      // An earlier attempt may have stored it, whatever the answer to this one.
      const mayBeStored = !this.#firstTries.has(clientMessageId);
      const { content, edit = content } = entry;
      // A text that is not stored needs no edit.
      const text = mayBeStored ? {} : { content: edit, edit: undefined };
      this.update(clientMessageId, { attempts: attempts + 1, state, mayBeStored, ...text });
    }
    this.drain(roomId);
  }

  #stateAfter(error: ChatError, attempts: number): OutboxEntry['state'] {
    const { code, message } = error;
    if (!error.isRetryable) return { kind: 'failed', code, message };
    const delayMs = retryDelayMs(error, attempts, this.#environment.random);
    return { kind: 'held', untilMs: this.#environment.nowMs() + delayMs, code, message };
  }

  #awaitHolds(): void {
    this.stop();
    const endMs = firstHoldEndMs(this.#entries.get());
    if (endMs === undefined) return;
    const delayMs = Math.max(0, endMs - this.#environment.nowMs());
    this.#cancelHold = this.#environment.setTimer(() => this.#releaseHolds(), delayMs);
  }

  #releaseHolds(): void {
    const nowMs = this.#environment.nowMs();
    for (const { clientMessageId, roomId, state } of this.#entries.get()) {
      if (state.kind !== 'held' || state.untilMs > nowMs) continue;
      this.update(clientMessageId, { state: { kind: 'queued' } });
      this.drain(roomId);
    }
    this.#awaitHolds();
  }

  #remove(clientMessageId: ClientMessageId): void {
    this.#firstTries.delete(clientMessageId);
    this.#entries.set(removeEntry(this.#entries.get(), clientMessageId));
  }
}
