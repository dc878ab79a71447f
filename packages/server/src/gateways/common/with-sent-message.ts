/** Finds the message that an answer shows. */
import type { Chat } from '../../domain/chat.ts';
import type { Acknowledgement } from '../../domain/delivery/log-writer.ts';
import type { Message } from '../../model/message.ts';

/**
 * Passes the message of an acknowledgement to `use`, as it was sent: at once, except for a repeated
 * reply, whose thread position may need the store.
 *
 * @throws {ChatError} UNAVAILABLE.
 */
export function withSentMessage(
  chat: Pick<Chat, 'history'>,
  acknowledgement: Acknowledgement,
  use: (message: Message) => void,
): void | Promise<void> {
  const { message, sent, isReply } = acknowledgement;
  // At once if possible: the answer may take the place of an event, before later events.
  const known = message ?? (isReply ? undefined : sent);
  if (known === undefined) return chat.history.findSent(acknowledgement).then(use);
  use(known);
}
