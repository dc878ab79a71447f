/** Promises of sent messages: each ends when its message is stored, failed or withdrawn. */
import { ChatError, type ClientMessageId } from '@parley/protocol';
import type { Message } from '../messages/message.ts';
import type { OutboxState } from './outbox-state.ts';

interface Delivery {
  readonly promise: Promise<Message>;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

/** At most one per entry of the outbox, which is bounded. */
export class DeliveryPromises {
  readonly #pending = new Map<ClientMessageId, Delivery>();

  /** Rejects with the `ChatError` of a failed message, and with an `AbortError` of a withdrawn one. */
  await(id: ClientMessageId): Promise<Message> {
    const known = this.#pending.get(id);
    if (known !== undefined) return known.promise;
    let resolve: Delivery['resolve'] = () => {};
    let reject: Delivery['reject'] = () => {};
    const promise = new Promise<Message>((onStored, onFailed) => {
      resolve = onStored;
      reject = onFailed;
    });
    // The timeline shows a failure too: a caller may ignore the promise.
    promise.catch(() => {});
    this.#pending.set(id, { promise, resolve, reject });
    return promise;
  }

  /** A stored message of the user. Called before its entry leaves the outbox. */
  onStored(message: Message): void {
    const { clientMessageId } = message;
    if (clientMessageId === undefined) return;
    this.#take(clientMessageId)?.resolve(message);
  }

  onOutbox(outbox: OutboxState): void {
    if (this.#pending.size === 0) return;
    const entries = new Map(outbox.map((entry) => [entry.clientMessageId, entry]));
    for (const id of [...this.#pending.keys()]) {
      const state = entries.get(id)?.state;
      if (state === undefined) this.#take(id)?.reject(withdrawn());
      else if (state.kind === 'failed') {
        this.#take(id)?.reject(new ChatError(state.code, { message: state.message }));
      }
    }
  }

  /** The client is closed; the messages are kept. */
  rejectAll(error: ChatError): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }

  #take(id: ClientMessageId): Delivery | undefined {
    const delivery = this.#pending.get(id);
    this.#pending.delete(id);
    return delivery;
  }
}

function withdrawn(): Error {
  return Object.assign(new Error('The message was withdrawn'), { name: 'AbortError' });
}
