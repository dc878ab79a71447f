/** The frames of clients at `/messagepal`: each takes its fields apart, asks the domain, and answers. */
import type { ClientMessageId, DirectFrames, MessageId, RoomId, UserId } from '@parley/protocol';
import { decodeDirectFrame } from '@parley/protocol/validators';
import type { Message } from '../../model/message.ts';
import { type CommandTable, commandRunner } from '../common/command-table.ts';
import type { FlatCommandContext, FlatDialect } from '../common/flat-dialect.ts';
import { mergeBacklog } from '../common/merge-backlog.ts';
import { toPosition } from '../common/resume-position.ts';
import { sendFlatMessage } from '../common/send-flat-message.ts';
import { toFrame, toLogged, toMessage, toOwnMessage, toRead } from './encode.ts';

// Ids are what the client says they are; whether they exist, the domain finds out.
const COMMANDS: CommandTable<FlatCommandContext, DirectFrames> = {
  send_message(caller, { recipientId, content, clientMessageId }) {
    const { chat, connection, contentLengthMax } = caller;
    const recipient = { kind: 'id', id: recipientId as UserId } as const;
    const key = clientMessageId as ClientMessageId | undefined;
    const request = { recipient, content, contentLengthMax, clientMessageId: key };
    return sendFlatMessage(caller, {
      send: (settle) => chat.sendDirectMessage(connection, request, settle),
      toAnswer: (message) => ({
        type: 'message_received',
        message: toOwnMessage(message, recipientId),
        ...(clientMessageId === undefined ? {} : { clientMessageId }),
      }),
    });
  },

  typing({ chat, connection }, { recipientId, isTyping = true }) {
    const recipient = { kind: 'id', id: recipientId as UserId } as const;
    return chat.sendDirectTyping(connection, { recipient, isTyping });
  },

  /** One that is at or behind one's position changes and sends nothing. */
  async mark_read({ chat, connection, send }, { messageId, conversationId }) {
    const mark = {
      messageId: messageId as MessageId,
      roomId: conversationId as RoomId | undefined,
    };
    const read = await chat.markDirectRead(connection, mark);
    const told = toRead({ ...read, userId: connection.user.id }, read.messageId ?? messageId);
    if (read.hasMoved && told !== undefined) send(told);
  },

  async fetch_history({ chat, connection, send }, { conversationId, before, limit }) {
    const roomId = conversationId as RoomId;
    const page = { roomId, before: before as number | MessageId, after: undefined, limit };
    const read = await chat.readDirectHistory(connection.user, page);
    const { room, messages, hasMore, readAtMsOf } = read;
    const shown = messages.map((message) => toMessage(message, room, readAtMsOf(message)));
    send({ type: 'history_response', conversationId, messages: shown, hasMore });
  },

  /** What is said in a conversation comes to both anyway; this brings what was missed. */
  async subscribe({ chat, connection, send }, { conversationId, ...place }) {
    const request = { roomId: conversationId as RoomId, position: toPosition(place) };
    await chat.subscribeToDirectRoom(connection, request, (missed) => {
      const { room, head, truncated, readAtMsOf } = missed;
      const ofMessage = (message: Message) => ({
        type: 'message_received',
        message: toMessage(message, room, readAtMsOf(message)),
      });
      for (const frame of mergeBacklog(missed, ofMessage, (event) => toLogged(event, room))) {
        send(frame);
      }
      const { sequence: headSequence, epoch } = head;
      send({ type: 'subscribed', conversationId, headSequence, epoch, truncated });
    });
  },

  /** It is still told of what is said, as everybody is who takes part. */
  async unsubscribe({ chat, connection, send }, { conversationId }) {
    await chat.requireDirectRoom(connection.user, conversationId as RoomId);
    send({ type: 'unsubscribed', conversationId });
  },
};

/** The words of `/messagepal`. */
export const directDialect: FlatDialect = {
  opens: ['direct'],
  greet: ({ user: { id: userId }, shownRole: role }) => ({ type: 'connected', userId, role }),
  toFrame,
  run: commandRunner(decodeDirectFrame, COMMANDS),
};
