/**
 * Edits a message that may be stored, as soon as it is. The outbox keeps the text until then,
 * so that it survives a reload, and is tried again after a connection loss.
 */
import { ChatError, type ClientMessageId } from '@parley/protocol';
import type { Message, MessageTarget } from '../messages/message.ts';
import type { Outbox } from './outbox.ts';

export interface Deliveries {
  /** Ends when the message is stored, or failed. */
  readonly delivered: (clientMessageId: ClientMessageId) => Promise<Message>;
}

interface EditAfterDeliveryDependencies {
  readonly deliveries: Deliveries;
  readonly outbox: Outbox;
  readonly edit: (target: MessageTarget, content: string) => Promise<void>;
}

export interface WantedEdit {
  readonly clientMessageId: ClientMessageId;
  readonly text: string;
  /** Ends when the message is stored; it may have left the outbox. */
  readonly stored: Promise<Message>;
}

/** @throws {ChatError} The error of the message, or of the edit. */
export async function editAfterDelivery(
  { deliveries, outbox, edit }: EditAfterDeliveryDependencies,
  { clientMessageId: id, text, stored }: WantedEdit,
): Promise<void> {
  const isKept = outbox.find(id) !== undefined;
  for (let delivery = stored; ; delivery = deliveries.delivered(id)) {
    const { roomId, id: messageId } = await delivery;
    const key = outbox.find(id)?.roomId ?? roomId;
    const content = isKept ? outbox.find(id)?.edit : text;
    // A rejected message was sent again with the new text, or a later edit took this one along.
    if (content === undefined) return;
    try {
      await edit({ roomId, messageId }, content);
    } catch (error) {
      // The answer to the next attempt to send the message names it again.
      if (isKept && ChatError.from(error).isRetryable) {
        outbox.update(id, { state: { kind: 'queued' } });
        outbox.drain(key);
        continue;
      }
      end(outbox, id, key);
      throw error;
    }
    end(outbox, id, key);
    return;
  }
}

/** The entry has waited for its edit. */
function end(outbox: Outbox, id: ClientMessageId, key: Message['roomId']): void {
  outbox.update(id, { edit: undefined });
  outbox.settle(id);
  outbox.drain(key);
}
