/**
 * The native dialect's commands: each takes its payload apart, asks the domain,
 * and puts the answer together. What a command means is the domain's.
 */
import type {
  ClientFrame,
  ClientFrameType,
  ClientMessageId,
  ClientPayload,
  Epoch,
  MessageId,
  RoomId,
  ServerFrames,
  ServerFrameType,
  UserId,
} from '@parley/protocol';
import { ChatError } from '@parley/protocol';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/connection.ts';
import type { Acknowledgement } from '../../domain/send-message.ts';
import type { Position } from '../../ports/log-store.ts';
import {
  toMemberPayload,
  toMessagePayload,
  toRoomEntry,
  toSnapshot,
  toTimestamp,
} from './encode.ts';

export interface Caller {
  readonly chat: Chat;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Answers the frame directly. */
  reply<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void;
  refuse(error: unknown): void;
  /** For a command whose answer comes later: the next one need not wait for it. */
  owe(): { readonly settled: () => void };
}

type Command<T extends ClientFrameType> = (
  caller: Caller,
  payload: ClientPayload<T>,
) => void | Promise<void>;

/** The next command of a connection begins when this one's promise, if it gives one, resolves. */
export function runCommand(caller: Caller, { type, payload }: ClientFrame): void | Promise<void> {
  // The frame's type and payload belong together, which a table of commands cannot say.
  const command = COMMANDS[type] as Command<ClientFrameType>;
  return command(caller, payload as ClientPayload<ClientFrameType>);
}

const COMMANDS: { readonly [T in ClientFrameType]: Command<T> } = {
  chat_message(caller, { roomId, content, clientMessageId }) {
    const { chat, connection, contentLengthMax } = caller;
    const request = {
      // Ids are what the client says they are; whether they exist, the domain finds out.
      roomId: roomId as RoomId | undefined,
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
    };
    const debt = caller.owe();
    try {
      chat.sendMessage(connection, request, (result) => {
        debt.settled();
        if (result instanceof ChatError) caller.refuse(result);
        else caller.reply('message_ack', toAckPayload(result));
      });
    } catch (error) {
      debt.settled();
      throw error;
    }
  },

  join_room({ chat, connection, reply }, { roomName, roomId, ...position }) {
    const [room, field] = roomId === undefined ? [roomName, 'roomName'] : [roomId, 'roomId'];
    if (room === undefined) {
      throw new ChatError('VALIDATION_ERROR', {
        field,
        message: `The field '${field}' is missing`,
      });
    }
    return chat.joinRoom(connection, { room, field, position: toPosition(position) }, (joined) => {
      const snapshot = toSnapshot(joined);
      const { id, name } = joined.room;
      const { memberCount } = joined;
      reply('room_joined', { ...snapshot, roomName: name, room: { id, name, memberCount } });
    });
  },

  leave_room({ chat, connection, reply }, { roomId }) {
    chat.leaveRoom(connection, roomId as RoomId);
    reply('room_left', { roomId: roomId as RoomId });
  },

  async get_rooms({ chat, connection, reply }, { after, limit }) {
    const page = { after: after as RoomId | undefined, limit };
    const { rooms, hasMore } = await chat.listRooms(connection, page);
    reply('room_list', { rooms: rooms.map(toRoomEntry), hasMore });
  },

  async get_members({ chat, connection, reply }, { roomId, after, limit }) {
    const page = { roomId: roomId as RoomId, after: after as UserId | undefined, limit };
    const { members, memberCount } = await chat.readMembers(connection, page);
    const payload = { roomId: page.roomId, members: members.map(toMemberPayload), memberCount };
    reply('member_list', payload);
  },

  async get_history({ chat, connection, reply }, { roomId, before, after, limit }) {
    const page = { roomId: roomId as RoomId, before, after, limit };
    const { messages, hasMore } = await chat.readHistory(connection, page);
    reply('history', { roomId: page.roomId, messages: messages.map(toMessagePayload), hasMore });
  },

  resume({ chat, connection, reply }, { rooms }) {
    const requests = rooms.map(({ roomId, ...position }) => ({
      roomId: roomId as RoomId,
      position: toPosition(position),
    }));
    return chat.resumeRooms(connection, requests, (resumed) => {
      const entries = resumed.map((result) =>
        result.kind === 'opened'
          ? toSnapshot(result)
          : { roomId: result.roomId, error: { code: result.error.code } },
      );
      reply('resumed', { rooms: entries });
    });
  },

  user_typing({ chat, connection }, { roomId, isTyping }) {
    chat.setTyping(connection, { roomId: roomId as RoomId | undefined, isTyping });
  },

  async mark_read({ chat, connection, reply }, { roomId, sequence }) {
    const mark = { roomId: roomId as RoomId, sequence };
    const position = await chat.markRead(connection, mark);
    const { id: userId, username } = connection.user;
    reply('read_position', { roomId: mark.roomId, userId, username, sequence: position.sequence });
  },

  heartbeat({ reply }, { sequence }) {
    reply('heartbeat', { sequence });
  },

  ping({ reply }) {
    reply('pong', {});
  },
};

function toPosition(position: {
  readonly lastSequence?: number | undefined;
  readonly epoch?: string | undefined;
  readonly lastId?: string | undefined;
}): Position | undefined {
  const { lastSequence, epoch, lastId } = position;
  if (lastSequence === undefined) return undefined;
  return {
    lastSequence,
    epoch: epoch as Epoch | undefined,
    lastId: lastId as MessageId | undefined,
  };
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
