/** A message from the moment it is admitted to the moment its sender may be answered. */
import { ChatError } from '@parley/protocol';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/connection.ts';
import type { Acknowledgement, Settle } from '../../domain/submit-command.ts';
import type { Message } from '../../ports/model.ts';

export interface SentMessage {
  readonly message: Message;
  readonly duplicate: boolean;
}

export interface SenderAnswers {
  /** In the place of the message in the sender's own stream. Not called for a duplicate. */
  readonly stored: (message: Message) => void;
  /** After `stored`; of a duplicate with the message as it is now, or as it was sent where it is gone. */
  readonly acknowledged: (sent: SentMessage) => void;
  readonly refused: (error: unknown) => void;
}

/** Answers once, however it ends. */
export function settleMessage(
  chat: Chat,
  connection: ChatConnection,
  { stored, acknowledged, refused }: SenderAnswers,
): Settle {
  return (result) => {
    if (result instanceof ChatError) {
      refused(result);
    } else if (result.message !== undefined) {
      stored(result.message);
      acknowledged({ message: result.message, duplicate: false });
    } else {
      findStored(chat, connection, result).then(acknowledged, refused);
    }
  };
}

async function findStored(
  chat: Chat,
  { user }: ChatConnection,
  acknowledgement: Acknowledgement,
): Promise<SentMessage> {
  return { message: await chat.findSent(user, acknowledgement), duplicate: true };
}
