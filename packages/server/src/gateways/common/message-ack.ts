/** A message from the moment it is admitted to the moment its sender may be answered. */
import { ChatError } from '@parley/protocol';
import type { Chat } from '../../domain/chat.ts';
import type { OnAcknowledged } from '../../domain/delivery/store-and-broadcast.ts';
import type { Message } from '../../model/message.ts';
import { contained } from './error-containment.ts';

export interface SentMessage {
  readonly message: Message;
  readonly duplicate: boolean;
}

export interface MessageAckEncoders {
  /** In the place of the message in the sender's own stream. Not called for a duplicate. */
  readonly stored: (message: Message) => void;
  /** After `stored`; also for a duplicate. */
  readonly acknowledged: (sent: SentMessage) => void;
  readonly rejected: (error: unknown) => void;
  /** One of the above threw. */
  readonly fail: (error: unknown) => void;
}

/** Answers once, however it ends. */
export function acknowledgeMessage(
  chat: Chat,
  { stored, acknowledged, rejected, fail }: MessageAckEncoders,
): OnAcknowledged {
  // It is called while the commit is announced, where an error would hit other people's messages.
  return contained(fail, (result) => {
    if (result instanceof ChatError) {
      rejected(result);
    } else if (result.message !== undefined) {
      stored(result.message);
      acknowledged({ message: result.message, duplicate: false });
    } else {
      chat
        .findSent(result)
        .then((message) => acknowledged({ message, duplicate: true }), rejected)
        .catch(fail);
    }
  });
}
