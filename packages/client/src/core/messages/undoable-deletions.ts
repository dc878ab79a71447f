/**
 * Deletions that can be undone: the command leaves the client after a few seconds. Until
 * then the message is only hidden on this client.
 */
import { ChatError, type ErrorCode, type MessageId } from '@parley/protocol';
import type { CancelTimer, Environment } from '../environment.ts';
import type { Cell } from '../store.ts';
import type { MessageTarget } from './message.ts';

const UNDO_MS = 5_000;

/** Messages that are hidden until their deletion is sent, or that the server kept. */
export type DeletionsState = ReadonlyMap<MessageId, PendingDeletion>;

export type PendingDeletion =
  /** It can be undone. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'failed'; readonly code: ErrorCode };

export class UndoableDeletions {
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #state: Cell<DeletionsState>;
  readonly #submit: (target: MessageTarget) => Promise<void>;
  readonly #isConnected: () => boolean;
  /** Their time ended during an outage. */
  readonly #unsent = new Map<MessageId, MessageTarget>();
  readonly #waiting = new Map<MessageId, { target: MessageTarget; cancel: CancelTimer }>();

  constructor(
    environment: Pick<Environment, 'setTimer'>,
    state: Cell<DeletionsState>,
    {
      submit,
      isConnected,
    }: {
      readonly submit: (target: MessageTarget) => Promise<void>;
      readonly isConnected: () => boolean;
    },
  ) {
    this.#environment = environment;
    this.#state = state;
    this.#submit = submit;
    this.#isConnected = isConnected;
  }

  /** Hides the message, and deletes it when it can no longer be undone. */
  request(target: MessageTarget): void {
    const { messageId } = target;
    if (this.#waiting.has(messageId)) return;
    const cancel = this.#environment.setTimer(() => void this.#send(target), UNDO_MS);
    this.#waiting.set(messageId, { target, cancel });
    this.#set(messageId, { kind: 'waiting' });
  }

  /** Shows the message again; does nothing after the deletion was sent. */
  undo(messageId: MessageId): void {
    const waiting = this.#waiting.get(messageId);
    if (waiting === undefined) return;
    waiting.cancel();
    this.#waiting.delete(messageId);
    this.#set(messageId, undefined);
  }

  /** Sends all that wait: the page is about to close. */
  flush(): void {
    for (const { target, cancel } of [...this.#waiting.values()]) {
      cancel();
      void this.#send(target);
    }
  }

  /** Sends what could not be sent without a connection. */
  resume(): void {
    const unsent = [...this.#unsent.values()];
    this.#unsent.clear();
    for (const target of unsent) void this.#send(target);
  }

  async #send(target: MessageTarget): Promise<void> {
    const { messageId } = target;
    this.#waiting.delete(messageId);
    this.#set(messageId, { kind: 'sending' });
    try {
      await this.#submit(target);
      this.#set(messageId, undefined);
    } catch (thrown) {
      const { code } = ChatError.from(thrown);
      if (code === 'UNAVAILABLE' && !this.#isConnected()) this.#unsent.set(messageId, target);
      else this.#set(messageId, { kind: 'failed', code });
    }
  }

  #set(messageId: MessageId, deletion: PendingDeletion | undefined): void {
    const next = new Map(this.#state.get());
    if (deletion === undefined) next.delete(messageId);
    else next.set(messageId, deletion);
    this.#state.set(next);
  }
}
