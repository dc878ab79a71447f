/** Commands of clients at `/messagepal`: each reads the fields, calls the domain, and sends the answer. */
import type { ClientMessageId, DirectFrames, MessageId, RoomId, UserId } from '@parley/protocol';
import { decodeDirectFrame } from '@parley/protocol/validators';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Message } from '../../model/message.ts';
import {
  type CommandsForTokens,
  type CommandTable,
  commandRunner,
} from '../common/command-table.ts';
import {
  type FlatCommandContext,
  type FlatDialect,
  sendFlatMessage,
} from '../common/flat-codec.ts';
import { mergeBacklog } from '../common/merge-backlog.ts';
import { toLogStart } from '../common/payloads.ts';
import { toPosition } from '../common/resume-position.ts';
import { toFrame, toLogged, toMessage, toOwnMessage, toRead } from './encode.ts';

// Not verified here: the domain checks that the ids exist.
const COMMANDS: CommandTable<FlatCommandContext, DirectFrames> = {
  send_message(context, { recipientId, content, clientMessageId }) {
    const { chat, connection, contentLengthMax } = context;
    const recipient = { kind: 'id', id: recipientId as UserId } as const;
    const key = clientMessageId as ClientMessageId | undefined;
    const request = { recipient, content, contentLengthMax, clientMessageId: key };
    return sendFlatMessage(context, {
      send: (onAcknowledged) => chat.directMessages.send(connection, request, onAcknowledged),
      toAnswer: (message) => ({
        type: 'message_received',
        message: toOwnMessage(message, recipient.id),
        ...(clientMessageId === undefined ? {} : { clientMessageId }),
      }),
    });
  },

  typing({ chat, connection }, { recipientId, isTyping = true }) {
    const recipient = { kind: 'id', id: recipientId as UserId } as const;
    return chat.directTyping.set(connection, { recipient, isTyping });
  },

  /** A message at or before the current read position changes and sends nothing. */
  async mark_read({ chat, connection, send }, { messageId, conversationId }) {
    const mark = {
      messageId: messageId as MessageId,
      roomId: conversationId as RoomId | undefined,
    };
    const read = await chat.directRoomReader.markRead(connection, mark);
    const frame = toRead({ ...read, userId: connection.user.id }, read.messageId ?? messageId);
    if (read.hasMoved && frame !== undefined) send(frame);
  },

  async fetch_history({ chat, connection, send }, { conversationId, before, limit }) {
    const roomId = conversationId as RoomId;
    const page = { roomId, before: before as number | MessageId, after: undefined, limit };
    const read = await chat.directRoomReader.readHistory(connection.user, page);
    const { room, messages, hasMore, readAtMsOf } = read;
    const shown = messages.map((message) => toMessage(message, room, readAtMsOf(message)));
    send({ type: 'history_response', conversationId, messages: shown, hasMore });
  },

  /**
   * Sends missed messages, and the presence of the partner from now on. New messages are sent to both
   * users without a subscription.
   */
  async subscribe({ chat, connection, send }, { conversationId, ...position }) {
    const request = { roomId: conversationId as RoomId, position: toPosition(position) };
    await chat.directRoomSubscriber.subscribe(connection, request, (missed) => {
      const { room, head, truncated, readAtMsOf } = missed;
      const ofMessage = (message: Message) => ({
        type: 'message_received',
        message: toMessage(message, room, readAtMsOf(message)),
      });
      for (const frame of mergeBacklog(missed, ofMessage, (event) => toLogged(event, room))) {
        send(frame);
      }
      const { sequence: headSequence, epoch } = head;
      const about = { headSequence, ...toLogStart(head), epoch, truncated };
      send({ type: 'subscribed', conversationId, ...about });
      const partnerId = recipientOf(room, connection.user.id);
      if (partnerId === undefined) return;
      connection.watch(partnerId);
      const { presence } = chat;
      const isHidden = presence.isHiddenIn(room, partnerId, connection.user.id);
      const [member] = isHidden ? [] : presence.members([partnerId]);
      const { status = 'offline' } = member ?? {};
      send({ type: 'user_presence', userId: partnerId, status });
    });
  },

  /** Ends the presence only: both users continue to receive messages of the conversation. */
  async unsubscribe({ chat, connection, send }, { conversationId }) {
    const room = await chat.directRoomReader.find(connection.user, conversationId as RoomId);
    const partnerId = recipientOf(room, connection.user.id);
    if (partnerId !== undefined) connection.unwatch(partnerId);
    send({ type: 'unsubscribed', conversationId });
  },
};

const FOR_TOKENS: CommandsForTokens<DirectFrames> = {
  send_message: 'direct_message',
  typing: 'user_typing',
  mark_read: 'mark_read',
  fetch_history: 'get_history',
  subscribe: 'join_room',
  unsubscribe: 'user_typing',
};

/** Commands and encodings of `/messagepal`. */
export const directDialect: FlatDialect = {
  name: 'direct',
  opens: ['direct'],
  presence: 'watched',
  greet: ({ user: { id: userId }, shownRole: role }) => ({ type: 'connected', userId, role }),
  toFrame,
  run: commandRunner(decodeDirectFrame, COMMANDS, FOR_TOKENS),
};
