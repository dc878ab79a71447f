/**
 * Records what a client of a dialect other than the native one sends and receives in one room. The client
 * reconnects, continues from its position, repeats what was not answered, and must get every
 * message once, in order.
 */
import type { Fault } from '../../checker/check.ts';
import type { DeliveryEntry, HistoryEntry } from '../../checker/history.ts';
import type { Account } from '../../crash/clients.ts';

export interface DialectClient {
  /** Describes what it waits for; empty if all of its messages are answered. */
  readonly pending: string;
  /** Sends a message; it is repeated until its answer is final. */
  say(): void;
  /** Compares the received messages with the room as fetched in the end. */
  judge(history: readonly HistoryEntry[]): Fault[];
  close(): void;
}

export interface DialectClientOptions {
  readonly url: string;
  readonly account: Account;
  readonly roomId: string;
  /** Receives what the client sends, and the answers. */
  readonly record: (entry: HistoryEntry) => void;
}

/** The answer to a request for the room. */
export interface OpenedRoom {
  readonly headSequence: number;
  readonly epoch: string;
  readonly truncated: boolean;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly sequence: number;
  readonly userId?: string;
  /** The name of `userId` in the dialects with flat frames. */
  readonly senderId?: string;
  readonly clientMessageId?: string;
}

/** Time before a client reconnects, or repeats a request. */
export const RETRY_MS = 100;

export class Transcript {
  readonly #name: string;
  readonly #options: DialectClientOptions;
  readonly #sequences: number[] = [];
  /** Contents of the messages without a final answer, by `clientMessageId`. */
  readonly #unanswered = new Map<string, string>();
  #said = 0;
  /** Code of the last error that answered a message. */
  #lastCode = 'no error yet';
  /** Messages up to here are fetched rather than received. */
  #fetchedUpTo: number | undefined;
  #epoch: string | undefined;
  /** Messages of a room that opens itself, before it continues from the position. */
  #early: Set<number> | undefined;

  constructor(dialect: string, options: DialectClientOptions) {
    this.#name = `${options.account.name} by ${dialect} at ${options.url}`;
    this.#options = options;
  }

  get pending(): string {
    if (this.#unanswered.size === 0) return '';
    return `${this.#name}: the answer to ${[...this.#unanswered.keys()]}, ${this.#lastCode}`;
  }

  get unanswered(): Iterable<string> {
    return this.#unanswered.keys();
  }

  has(clientMessageId: string): boolean {
    return this.#unanswered.has(clientMessageId);
  }

  /** Where to continue; nothing at first. */
  get resumePoint(): object {
    if (this.#epoch === undefined) return {};
    return { lastSequence: this.#position, epoch: this.#epoch };
  }

  /** The server opens the room by itself: what it sends may precede what was missed. */
  openedItself(): void {
    this.#early = new Set();
  }

  opened({ headSequence, epoch, truncated }: OpenedRoom): void {
    if (truncated || this.#epoch === undefined) this.#fetchedUpTo = headSequence;
    this.#epoch = epoch;
    const early = [...(this.#early ?? [])].sort((one, other) => one - other);
    this.#early = undefined;
    for (const sequence of early) if (sequence > this.#position) this.#sequences.push(sequence);
  }

  received(message: ReceivedMessage): void {
    const { id: messageId, sequence, senderId = '', clientMessageId } = message;
    const event = { kind: 'message', messageId, sequence } as const;
    const by = { userId: message.userId ?? senderId, ...(clientMessageId && { clientMessageId }) };
    this.#record({ type: 'delivery', event: { ...event, ...by } });
    if (this.#early === undefined) this.#sequences.push(sequence);
    else this.#early.add(sequence);
  }

  /** Returns the id of a new message. */
  compose(): string {
    this.#said += 1;
    const clientMessageId = `${this.#name} ${this.#said}`;
    this.#unanswered.set(clientMessageId, `text ${clientMessageId}`);
    return clientMessageId;
  }

  /** Returns what an attempt to send this message contains. */
  attempt(clientMessageId: string): { readonly content: string; readonly clientMessageId: string } {
    const content = this.#unanswered.get(clientMessageId) ?? '';
    this.#record({ type: 'send', kind: 'message', clientMessageId, content });
    return { content, clientMessageId };
  }

  /** @param takesPosition Whether the answer takes the place of the event. */
  acknowledged(
    clientMessageId: string,
    { id: messageId, sequence }: ReceivedMessage,
    { takesPosition }: { readonly takesPosition: boolean },
  ): void {
    this.#unanswered.delete(clientMessageId);
    // A duplicate may have been received as an event.
    const duplicate = sequence <= this.#position;
    this.#record({ type: 'ack', clientMessageId, messageId, sequence, duplicate });
    if (takesPosition && !duplicate) this.#sequences.push(sequence);
  }

  /** Returns whether the message is to be sent again. */
  rejected(clientMessageId: string, code: string): boolean {
    this.#lastCode = code;
    this.#record({ type: 'refusal', clientMessageId, code });
    const isFinal = !['UNAVAILABLE', 'RATE_LIMITED', 'NOT_IN_ROOM'].includes(code);
    if (isFinal) this.#unanswered.delete(clientMessageId);
    return !isFinal;
  }

  judge(history: readonly HistoryEntry[]): Fault[] {
    const { roomId } = this.#options;
    const fault = (kind: Fault['kind'], text: string): Fault => ({ kind, roomId, text });
    const fetched = history.findLast(
      (entry) => entry.type === 'fetched' && entry.roomId === roomId,
    );
    if (fetched?.type !== 'fetched') return [fault('lost', `${roomId} was not fetched`)];
    const received = new Set(this.#sequences);
    const faults: Fault[] = [];
    for (const { sequence } of fetched.messages) {
      if (sequence > (this.#fetchedUpTo ?? 0) && !received.has(sequence)) {
        faults.push(fault('hole', `${this.#name} did not get ${sequence}`));
      }
    }
    for (const [index, sequence] of this.#sequences.entries()) {
      const before = this.#sequences[index - 1] ?? 0;
      if (sequence === before) faults.push(fault('twice', `${this.#name} got ${sequence} twice`));
      if (sequence < before) {
        faults.push(fault('out_of_order', `${this.#name} got ${sequence} after ${before}`));
      }
    }
    return faults;
  }

  get #position(): number {
    return Math.max(this.#sequences.at(-1) ?? 0, this.#fetchedUpTo ?? 0);
  }

  #record(entry: MessageEntry): void {
    const { account, roomId, record } = this.#options;
    const place = { connection: this.#name, userId: account.userId, roomId };
    record({ atMs: Date.now(), ...place, ...entry });
  }
}

type MessageEntry =
  | Pick<DeliveryEntry, 'type' | 'event'>
  | { type: 'send'; kind: 'message'; clientMessageId: string; content: string }
  | {
      type: 'ack';
      clientMessageId: string;
      messageId: string;
      sequence: number;
      duplicate: boolean;
    }
  | { type: 'refusal'; clientMessageId: string; code: string };
