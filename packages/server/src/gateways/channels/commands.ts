/** Commands of clients at `/ws/chat`: each reads the fields, calls the domain, and sends the answer. */
import type { ChannelFrames, ClientMessageId, MessageId, RoomId } from '@parley/protocol';
import { decodeChannelFrame } from '@parley/protocol/validators';
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
import { toFrame, toLogged, toMessage, toPresence, toRead } from './encode.ts';

/** Maximum number of reader ids in the missed messages of one answer: about 1 MiB. */
const READ_BY_MAX = 25_000;

// Not verified here: the domain checks that the ids exist.
const COMMANDS: CommandTable<FlatCommandContext, ChannelFrames> = {
  async join_channel({ chat, connection, send }, { channelId, ...position }) {
    const roomId = channelId as RoomId;
    const { lastSequence } = position;
    const missed = lastSequence === undefined ? [] : [{ sequence: lastSequence + 1 }];
    const readersOf = await chat.readReceipts.findReaders(connection.user, {
      roomId,
      messages: missed,
    });
    const request = {
      room: channelId,
      field: 'channelId',
      mayCreate: false,
      position: toPosition(position),
    };
    await chat.rooms.join(connection, request, ({ state, members }) => {
      const { head, history, events } = state;
      const readByCount = history.reduce((sum, message) => sum + readersOf(message).length, 0);
      const truncated = state.truncated || readByCount > READ_BY_MAX;
      if (lastSequence !== undefined && !truncated) {
        const ofMessage = (message: Message) => ({
          type: 'new_message',
          message: toMessage(message, readersOf(message)),
        });
        const frames = mergeBacklog({ messages: history, events }, ofMessage, toLogged);
        for (const frame of frames) send(frame);
      }
      const { sequence: headSequence, epoch } = head;
      const about = { headSequence, ...toLogStart(head), epoch, truncated };
      send({ type: 'joined_channel', channelId, ...about });
      for (const { userId, username, status } of members) {
        if (userId === connection.user.id) continue;
        const shown = status === 'offline' ? 'online' : status;
        send(toPresence({ roomId, userId, username }, shown));
      }
    });
  },

  async leave_channel({ chat, connection }, { channelId, membership }) {
    const roomId = channelId as RoomId;
    if (membership === true) await chat.memberships.leave(connection, roomId);
    else chat.subscriptions.leave(connection, roomId);
  },

  send_message(context, { channelId, content, clientMessageId, replyTo, attachments = [] }) {
    const { chat, connection, contentLengthMax } = context;
    const request = {
      roomId: channelId as RoomId,
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
      parentId: replyTo as MessageId | undefined,
      attachments,
    };
    return sendFlatMessage(context, {
      send: (onAcknowledged) => chat.messages.send(connection, request, onAcknowledged),
      toAnswer: (message) => ({
        type: 'message_sent',
        ...(clientMessageId === undefined ? {} : { clientMessageId }),
        message: toMessage(message),
      }),
    });
  },

  typing({ chat, connection }, { channelId, isTyping = true }) {
    return chat.typing.set(connection, { roomId: channelId as RoomId, isTyping });
  },

  /** A message at or before the current read position changes and sends nothing. */
  async mark_read({ chat, connection, send }, { channelId, messageId }) {
    const roomId = channelId as RoomId;
    const read = await chat.readReceipts.markRead(connection, {
      roomId,
      messageId: messageId as MessageId,
    });
    if (read.hasMoved) send(toRead(roomId, read.messageId ?? messageId, connection.user.id));
  },
};

const FOR_TOKENS: CommandsForTokens<ChannelFrames> = {
  join_channel: 'join_room',
  leave_channel: 'leave_room',
  send_message: 'chat_message',
  typing: 'user_typing',
  mark_read: 'mark_read',
};

/** Commands and encodings of `/ws/chat`. */
export const channelsDialect: FlatDialect = {
  name: 'channels',
  opens: [],
  presence: 'by-room',
  fieldNames: { parentMessageId: 'replyTo' },
  greet: ({ user: { id: userId, username } }) => ({ type: 'connected', userId, username }),
  toFrame,
  run: commandRunner(decodeChannelFrame, COMMANDS, FOR_TOKENS),
};
