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

/** A message as it is when it was just sent: nobody has changed it, or said anything to it. */
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
