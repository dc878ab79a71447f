import type { Message } from './message.ts';

type Said = Pick<
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
export function newMessage(said: Said): Message {
  return {
    ...said,
    editedAtMs: undefined,
    isDeleted: false,
    isPinned: false,
    reactions: [],
    replyCount: 0,
  };
}
