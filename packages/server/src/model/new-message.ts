import type { Message } from './message.ts';

type SentMessage = Pick<
  Message,
  | 'id'
  | 'roomId'
  | 'userId'
  | 'sender'
  | 'content'
  | 'createdAtMs'
  | 'sequence'
  | 'clientMessageId'
  | 'attachments'
  | 'reply'
>;

/** Creates a message as it is after sending: without changes, reactions or replies. */
export function newMessage(sent: SentMessage): Message {
  return {
    ...sent,
    editedAtMs: undefined,
    isDeleted: false,
    isPinned: false,
    reactions: [],
    replyCount: 0,
  };
}
