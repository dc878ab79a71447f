/** Records what one connection sees of one room, for the checker, in the terms of the domain. */
import type { CommandKind, HeldMessage, HistoryEntry } from '../checker/history.ts';

interface Witness {
  /** Name of the connection in the history. */
  readonly connection: string;
  readonly userId: string;
  readonly roomId: string;
  readonly record: (entry: HistoryEntry) => void;
}

export class RoomRecord {
  readonly userId: string;
  readonly roomId: string;
  readonly #witness: Witness;
  readonly #messages = new Map<string, HeldMessage>();
  /** Own commands that are not answered yet. */
  readonly #open = new Set<string>();
  #position = 0;

  constructor(witness: Witness) {
    this.#witness = witness;
    this.userId = witness.userId;
    this.roomId = witness.roomId;
  }

  get position(): number {
    return this.#position;
  }

  get unanswered(): number {
    return this.#open.size;
  }

  isOwn(clientMessageId: string | undefined): boolean {
    return clientMessageId !== undefined && this.#open.has(clientMessageId);
  }

  opened(headSequence: number): void {
    this.#position = headSequence;
    const snapshot = {
      type: 'snapshot',
      headSequence,
      truncated: false,
      messages: [],
      events: [],
    } as const;
    this.#witness.record({ ...this.#place(), ...snapshot });
  }

  sent(
    kind: CommandKind,
    clientMessageId: string,
    about: { content?: string; targetId?: string },
  ): void {
    this.#open.add(clientMessageId);
    this.#witness.record({ ...this.#place(), type: 'send', kind, clientMessageId, ...about });
  }

  acknowledged(
    clientMessageId: string,
    stored: { readonly id: string; readonly sequence: number; readonly duplicate: boolean },
  ): void {
    const { id: messageId, sequence, duplicate } = stored;
    this.#open.delete(clientMessageId);
    this.#witness.record({
      ...this.#place(),
      type: 'ack',
      clientMessageId,
      messageId,
      sequence,
      duplicate,
    });
    this.#position = Math.max(this.#position, sequence);
  }

  received(message: HeldMessage): void {
    this.addMessage(message);
    const event = { ...message, kind: 'message', messageId: message.id } as const;
    this.#deliver(event);
  }

  receivedChange(
    kind: 'edit' | 'delete',
    change: { sequence: number; messageId: string; content?: string },
  ): void {
    this.apply(kind, change);
    // Authors edit their own messages.
    const userId = this.#messages.get(change.messageId)?.userId ?? '';
    this.#deliver({ kind, userId, ...change });
  }

  /** Records a message that became known without an event. */
  addMessage(message: HeldMessage): void {
    this.#messages.set(message.id, message);
  }

  apply(
    kind: 'edit' | 'delete',
    { messageId, content = '' }: { messageId: string; content?: string },
  ): void {
    const held = this.#messages.get(messageId);
    if (held === undefined) return;
    const { edited: _, ...plain } = held;
    this.#messages.set(
      messageId,
      kind === 'edit'
        ? { ...plain, content, edited: true }
        : { ...plain, content: '', deleted: true },
    );
  }

  /** Replaces the whole state by freshly fetched messages. */
  fetched(messages: readonly HeldMessage[], headSequence: number): void {
    this.#messages.clear();
    for (const message of messages) this.addMessage(message);
    this.#position = headSequence;
  }

  show(): void {
    const messages = [...this.#messages.values()].sort((a, b) => a.sequence - b.sequence);
    this.#witness.record({
      ...this.#place(),
      type: 'shown',
      headSequence: this.#position,
      messages,
    });
  }

  #deliver(event: DeliveredEvent): void {
    this.#witness.record({ ...this.#place(), type: 'delivery', event });
    this.#position = Math.max(this.#position, event.sequence);
  }

  #place() {
    const { connection, userId, roomId } = this.#witness;
    return { atMs: performance.now(), connection, userId, roomId };
  }
}

type DeliveredEvent = Extract<HistoryEntry, { readonly type: 'delivery' }>['event'];
