/** Finds the message that an answer shows. */
import type { Chat } from '../../domain/chat.ts';
import type { Acknowledgement } from '../../domain/delivery/log-writer.ts';
import type { Message } from '../../model/message.ts';

/**
 * Passes the message of an acknowledgement to `use`: at once if this attempt stored it, otherwise
 * as it was sent, which may need the store.
 *
 * @throws {ChatError} UNAVAILABLE.
 */
export function withSentMessage(
  chat: Pick<Chat, 'history'>,
  acknowledgement: Acknowledgement,
  use: (message: Message) => void,
): void | Promise<void> {
  if (acknowledgement.message === undefined)
    return chat.history.findSent(acknowledgement).then(use);
  use(acknowledgement.message);
}
