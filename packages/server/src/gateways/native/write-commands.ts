/** Commands that become events of a room's log: all are answered by `message_ack`, in its place. */
import {
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
  type ServerFrames,
  type UserId,
} from '@parley/protocol';
import type { Acknowledgement, OnAcknowledged } from '../../domain/delivery/store-and-broadcast.ts';
import type { UserReference } from '../../domain/direct/direct-room.ts';
import type { MessageChange } from '../../domain/messages/change-message.ts';
import { contained } from '../common/error-containment.ts';
import { toTimestamp } from '../common/payloads.ts';
import type { CommandContext, Commands } from './command-context.ts';

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
  chat_message(caller, { roomId, content, clientMessageId, parentMessageId, attachments = [] }) {
    const { chat, connection, contentLengthMax } = caller;
    const request = {
      // Ids are what the client says they are; whether they exist, the domain finds out.
      roomId: roomId as RoomId | undefined,
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
      parentId: parentMessageId as MessageId | undefined,
      attachments,
    };
    return acknowledge(caller, (settle) => chat.sendMessage(connection, request, settle));
  },

  async direct_message(caller, { recipientId, recipient, content, clientMessageId }) {
    const { chat, connection, contentLengthMax } = caller;
    const request = {
      recipient: toPerson(recipientId, recipient),
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
    };
    await acknowledge(caller, (settle) => chat.sendDirectMessage(connection, request, settle));
  },

  edit_message(caller, { content, ...target }) {
    const { contentLengthMax } = caller;
    return change(caller, target, { kind: 'edit', content, contentLengthMax });
  },
  delete_message: (caller, target) => change(caller, target, { kind: 'deletion' }),
  add_reaction: (caller, { emoji, ...target }) =>
    change(caller, target, { kind: 'reaction-added', emoji }),
  remove_reaction: (caller, { emoji, ...target }) =>
    change(caller, target, { kind: 'reaction-removed', emoji }),
  pin_message: (caller, target) => change(caller, target, { kind: 'pin' }),
  unpin_message: (caller, target) => change(caller, target, { kind: 'unpin' }),
};

function change(
  caller: CommandContext,
  target: Target,
  wanted: MessageChange,
): void | Promise<void> {
  const request = {
    roomId: target.roomId as RoomId,
    messageId: target.messageId as MessageId,
    clientMessageId: target.clientMessageId as ClientMessageId | undefined,
    change: wanted,
  };
  const { chat, connection } = caller;
  return acknowledge(caller, (settle) => chat.changeMessage(connection, request, settle));
}

function toPerson(id: string | undefined, username: string | undefined): UserReference {
  if (id !== undefined) return { kind: 'id', id: id as UserId };
  if (username !== undefined) return { kind: 'username', username: username.trim() };
  throw new ChatError('VALIDATION_ERROR', {
    field: 'recipientId',
    message: "The field 'recipientId' is missing",
  });
}

/** The next command need not wait for the commit: what is admitted has its place. */
function acknowledge(
  caller: CommandContext,
  begin: (settle: OnAcknowledged) => void | Promise<void>,
): void | Promise<void> {
  const debt = caller.trackPending();
  const fail = (error: unknown): never => {
    debt.settled();
    throw error;
  };
  // It is called while the commit is announced, where an error would hit other people's messages.
  const settle: OnAcknowledged = contained(caller.fail, (result) => {
    debt.settled();
    if (result instanceof ChatError) caller.reject(result);
    else caller.reply('message_ack', toAckPayload(result));
  });
  try {
    return begin(settle)?.catch(fail);
  } catch (error) {
    return fail(error);
  }
}

function toAckPayload(acknowledgement: Acknowledgement): ServerFrames['message_ack'] {
  const { clientMessageId, messageId, roomId, sequence, createdAtMs, duplicate } = acknowledgement;
  return {
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    id: messageId,
    roomId,
    sequence,
    timestamp: toTimestamp(createdAtMs),
    duplicate,
  };
}
