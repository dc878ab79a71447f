/** Commands that append to the log of a room; each is answered by `message_ack`, in log order. */
import {
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
  type ServerFrames,
  type UserId,
} from '@parley/protocol';
import type { Acknowledgement, OnAcknowledged } from '../../domain/delivery/log-writer.ts';
import type { UserReference } from '../../domain/direct/direct-room-finder.ts';
import type { MessageChange } from '../../domain/messages/message-changes.ts';
import { toTimestamp } from '../common/payloads.ts';
import type { Commands, UserContext } from './command-context.ts';

interface Target {
  readonly roomId: string;
  readonly messageId: string;
  readonly clientMessageId?: string;
}

export const WRITE_COMMANDS: Commands<
  | 'chat_message'
  | 'edit_message'
  | 'delete_message'
  | 'add_reaction'
  | 'remove_reaction'
  | 'pin_message'
  | 'unpin_message'
  | 'direct_message'
> = {
  chat_message(context, { roomId, content, parentMessageId, attachments = [], ...more }) {
    const { chat, connection, contentLengthMax } = context;
    const request = {
      // Not verified here: the domain checks that the ids exist.
      roomId: roomId as RoomId | undefined,
      content,
      contentLengthMax,
      clientMessageId: more.clientMessageId as ClientMessageId | undefined,
      parentId: parentMessageId as MessageId | undefined,
      alsoToRoom: more.alsoToRoom,
      attachments,
    };
    return acknowledge(context, (onAcknowledged) =>
      chat.messages.send(connection, request, onAcknowledged),
    );
  },

  async direct_message(context, { recipientId, recipient, content, clientMessageId }) {
    const { chat, connection, contentLengthMax } = context;
    const request = {
      recipient: toPerson(recipientId, recipient),
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
    };
    await acknowledge(context, (onAcknowledged) =>
      chat.directMessages.send(connection, request, onAcknowledged),
    );
  },

  edit_message(context, { content, ...target }) {
    const { contentLengthMax } = context;
    return change(context, target, { kind: 'edit', content, contentLengthMax });
  },
  delete_message: (context, target) => change(context, target, { kind: 'deletion' }),
  add_reaction: (context, { emoji, ...target }) =>
    change(context, target, { kind: 'reaction-added', emoji }),
  remove_reaction: (context, { emoji, ...target }) =>
    change(context, target, { kind: 'reaction-removed', emoji }),
  pin_message: (context, target) => change(context, target, { kind: 'pin' }),
  unpin_message: (context, target) => change(context, target, { kind: 'unpin' }),
};

function change(context: UserContext, target: Target, wanted: MessageChange): void | Promise<void> {
  const request = {
    roomId: target.roomId as RoomId,
    messageId: target.messageId as MessageId,
    clientMessageId: target.clientMessageId as ClientMessageId | undefined,
    change: wanted,
  };
  const { chat, user, connection } = context;
  return acknowledge(context, (onAcknowledged) =>
    chat.messageChanges.change({ user, connection }, request, onAcknowledged),
  );
}

function toPerson(id: string | undefined, username: string | undefined): UserReference {
  if (id !== undefined) return { kind: 'id', id: id as UserId };
  if (username !== undefined) return { kind: 'username', username: username.trim() };
  throw new ChatError('VALIDATION_ERROR', {
    field: 'recipientId',
    message: "The field 'recipientId' is missing",
  });
}

function acknowledge(
  context: UserContext,
  begin: (onAcknowledged: OnAcknowledged) => void | Promise<void>,
): void | Promise<void> {
  return context.defer(begin, (result) => context.reply('message_ack', toAckPayload(result)));
}

function toAckPayload(acknowledgement: Acknowledgement): ServerFrames['message_ack'] {
  const { clientMessageId, messageId, roomId, sequence, createdAtMs, duplicate, notReached } =
    acknowledgement;
  return {
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    id: messageId,
    roomId,
    sequence,
    timestamp: toTimestamp(createdAtMs),
    duplicate,
    ...(notReached === undefined ? {} : { notReached }),
  };
}
