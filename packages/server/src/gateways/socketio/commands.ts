/** The events of Socket.IO clients: each takes its payload apart, asks the domain, and answers. */
import type { ClientMessageId, MessageId, RoomId, SocketIoEvents } from '@parley/protocol';
import { ChatError, isBlank } from '@parley/protocol';
import { decodeSocketIoEvent } from '@parley/protocol/validators';
import { idOfOpenRoom } from '../../domain/rooms/room-reference.ts';
import type { OpenedRoom } from '../../domain/rooms/subscribe.ts';
import { type CommandTable, commandRunner } from '../common/command-table.ts';
import { acknowledgeMessage } from '../common/message-ack.ts';
import { toRoomEntry } from '../common/payloads.ts';
import { toPosition } from '../common/resume-position.ts';
import type { CommandContext } from './command-context.ts';
import { toHistory, toLogged, toMembers, toMessage, toNew, toRead } from './encode.ts';
import { sanitise } from './sanitize-html.ts';

// Ids are what the client says they are; whether they exist, the domain finds out.
const COMMANDS: CommandTable<CommandContext, SocketIoEvents> = {
  'room:join'({ chat, connection, send, answer }, { roomId: room, ...place }) {
    const request = { room, field: 'roomId', position: toPosition(place) };
    return chat.joinRoom(connection, request, (opened) => {
      const { memberCount, state, title: name } = opened;
      const { id: roomId } = opened.room;
      const { sequence, epoch, ordinal, prunedOrdinal } = state.head;
      const hasMore = ordinal - prunedOrdinal > state.history.length;
      const history = toHistory(roomId, { messages: state.history, hasMore });
      const events = [
        toMembers({ ...opened, roomId }),
        { name: 'message:history', payload: history },
        ...missedChanges(opened),
      ];
      const last = { kind: 'opened', place: { roomId, sequence, epoch } } as const;
      for (const [index, { name: event, payload }] of events.entries()) {
        const turn = index < events.length - 1 ? ({ kind: 'opening' } as const) : last;
        send({ name: event, payload, turn });
      }
      answer({
        roomId,
        room: { id: roomId, name, memberCount },
        memberCount,
        headSequence: sequence,
        epoch,
        truncated: state.truncated,
      });
    });
  },

  'room:leave'({ chat, connection, send, answer }, { roomId: id }) {
    const roomId = idOfOpenRoom(connection, id);
    chat.leaveRoom(connection, roomId, () => {
      send({ name: 'room:left', payload: { roomId }, turn: { kind: 'closed', roomId } });
      answer({ roomId });
    });
  },

  async 'room:list'({ chat, connection, answer }, { after, limit }) {
    const isPage = after !== undefined || limit !== undefined;
    const page = { after: after as RoomId | undefined, limit };
    const { rooms, hasMore } = isPage
      ? await chat.listRooms(connection, page)
      : await chat.listOwnRoomsFirst(connection);
    answer({ rooms: rooms.map(toRoomEntry), hasMore });
  },

  'message:send'({ chat, connection, contentLengthMax, ...caller }, payload) {
    const { roomId, content, clientMessageId } = payload;
    const request = {
      roomId: idOfOpenRoom(connection, roomId),
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
      parentId: undefined,
      attachments: [],
      checkText: rejectInvisible,
    };
    const debt = caller.trackPending();
    const settle = acknowledgeMessage(chat, {
      stored: (message) => {
        // Who has left the room meanwhile has heard so: the answer alone has the message then.
        if (isOpenOn(connection, message.roomId)) caller.send(toNew(message));
      },
      acknowledged: ({ message, duplicate }) => {
        debt.settled();
        caller.answer({ message: toMessage(message), duplicate });
      },
      rejected: (error) => {
        debt.settled();
        caller.reject(error);
      },
      fail: caller.fail,
    });
    try {
      chat.sendMessage(connection, request, settle);
    } catch (error) {
      debt.settled();
      throw error;
    }
  },

  async 'message:history'({ chat, connection, send, answer }, { roomId: id, before, ...rest }) {
    const roomId = await chat.findRoomId(connection, id);
    const bound = before as number | MessageId | undefined;
    const page = { roomId, before: bound, after: rest.after, limit: rest.limit };
    const payload = toHistory(roomId, await chat.readHistory(connection, page));
    send({ name: 'message:history', payload });
    answer(payload);
  },

  async 'message:read'({ chat, connection, send, answer }, { roomId: id, messageId }) {
    const roomId = await chat.findRoomId(connection, id);
    const mark = { roomId, messageId: messageId as MessageId };
    const read = await chat.markRead(connection, mark);
    const reader = { roomId, userId: connection.user.id, readAtMs: read.readAtMs };
    const payload = toRead({ ...reader, messageId: read.messageId ?? messageId });
    if (read.hasMoved && connection.openRooms.has(roomId)) send({ name: 'message:read', payload });
    answer(payload);
  },

  'typing:start': (caller, { roomId }) => setTyping(caller, roomId, true),
  'typing:stop': (caller, { roomId }) => setTyping(caller, roomId, false),

  'presence:set'({ chat, connection, answer }, { status }) {
    chat.setPresence(connection, { status, statusText: undefined });
    answer({ status });
  },
};

const run = commandRunner(decodeSocketIoEvent, COMMANDS);

/** @throws {ChatError} VALIDATION_ERROR, UNKNOWN_TYPE, and what the command throws. */
export function runCommand(
  caller: CommandContext,
  name: string,
  payload: unknown,
): void | Promise<void> {
  return run(caller, name, payload ?? {});
}

async function setTyping(
  { chat, connection, answer }: CommandContext,
  roomId: string,
  isTyping: boolean,
): Promise<void> {
  await chat.setTyping(connection, { roomId: idOfOpenRoom(connection, roomId), isTyping });
  answer();
}

/** Whether the client takes the room to be open. */
function isOpenOn({ openRooms }: CommandContext['connection'], roomId: RoomId): boolean {
  const place = openRooms.get(roomId);
  return place?.stream.isOpenOn(place) === true;
}

/** Edits and deletions of older messages since the position that was given. */
function* missedChanges({ state }: OpenedRoom) {
  for (const event of state.events) {
    const told = event.kind === 'access-lost' ? undefined : toLogged(event);
    if (told !== undefined) yield told;
  }
}

/** What this dialect would show nothing of (SIO-11). */
function rejectInvisible(text: string): void {
  if (!isBlank(sanitise(text))) return;
  const message = 'Nothing of the message could be shown';
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
