/** Acknowledges a message: from its admission until its sender is answered. */
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
  /** Called at the position of the message in the sender's stream. Not called for a duplicate. */
  readonly stored: (message: Message) => void;
  /** Called after `stored`, and for a duplicate. */
  readonly acknowledged: (sent: SentMessage) => void;
  readonly rejected: (error: unknown) => void;
  /** Called if one of the other functions threw. */
  readonly fail: (error: unknown) => void;
}

/** Returns a function that answers exactly once, whatever the result. */
export function acknowledgeMessage(
  chat: Chat,
  { stored, acknowledged, rejected, fail }: MessageAckEncoders,
): OnAcknowledged {
  // Called while a commit is broadcast, where an error would affect messages of other users.
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
