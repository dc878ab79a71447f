/** Commands of Socket.IO clients: each reads the payload, calls the domain, and sends the answer. */
import type { ClientMessageId, MessageId, RoomId, SocketIoEvents } from '@parley/protocol';
import { ChatError, isBlank } from '@parley/protocol';
import { decodeSocketIoEvent } from '@parley/protocol/validators';
import { sentMessageOf } from '../../domain/delivery/log-writer.ts';
import type { OpenedRoom } from '../../domain/rooms/snapshot-subscriber.ts';
import {
  type CommandsForTokens,
  type CommandTable,
  commandRunner,
} from '../common/command-table.ts';
import { toListEnd, toLogStart, toRoomEntry } from '../common/payloads.ts';
import { toPosition } from '../common/resume-position.ts';
import type { CommandContext } from './command-context.ts';
import { toHistory, toLogged, toMembers, toMessage, toNew, toRead } from './encode.ts';
import { sanitise } from './sanitize-html.ts';

// Not verified here: the domain checks that the ids exist.
const COMMANDS: CommandTable<CommandContext, SocketIoEvents> = {
  'room:join'({ chat, connection, send, answer }, { roomId: room, ...place }) {
    const request = { room, field: 'roomId', position: toPosition(place) };
    return chat.rooms.join(connection, request, (opened) => {
      const { memberCount, memberTotal, state, title: name } = opened;
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
        room: { id: roomId, name, memberCount, memberTotal },
        memberCount,
        memberTotal,
        headSequence: sequence,
        ...toLogStart(state.head),
        epoch,
        truncated: state.truncated,
      });
    });
  },

  async 'room:leave'({ chat, connection, send, answer }, { roomId: id, membership }) {
    const roomId = id as RoomId;
    const confirm = (ended: object): void => {
      const payload = { roomId, ...ended };
      send({ name: 'room:left', payload, turn: { kind: 'closed', roomId } });
      answer(payload);
    };
    if (membership !== true) {
      chat.subscriptions.leave(connection, roomId, () => confirm({}));
      return;
    }
    const sequence = await chat.memberships.leave(connection, roomId);
    confirm({ reason: 'left', sequence });
  },

  async 'room:list'({ chat, connection, answer }, { after, limit }) {
    const isPage = after !== undefined || limit !== undefined;
    const page = { after: after as RoomId | undefined, limit };
    const { rooms, ...end } = isPage
      ? await chat.roomLists.listVisible(connection.user, page)
      : await chat.roomLists.listOwnFirst(connection.user);
    answer({ rooms: rooms.map(toRoomEntry), ...toListEnd(end) });
  },

  'message:send'({ chat, connection, contentLengthMax, ...context }, payload) {
    const { roomId, content, clientMessageId } = payload;
    const request = {
      roomId: roomId as RoomId,
      content,
      contentLengthMax,
      clientMessageId: clientMessageId as ClientMessageId | undefined,
      parentId: undefined,
      attachments: [],
      checkText: rejectInvisible,
    };
    return context.defer(
      (onAcknowledged) => chat.messages.send(connection, request, onAcknowledged),
      (acknowledgement) => {
        const { duplicate, replacesEvent } = acknowledgement;
        const message = sentMessageOf(acknowledgement);
        // If the user has left the room meanwhile, only the acknowledgement carries the message.
        const isOpen = connection.openRoom(message.roomId)?.isOpen === true;
        if ((!duplicate || replacesEvent) && isOpen) context.send(toNew(message));
        context.answer({ message: toMessage(message), duplicate });
      },
    );
  },

  async 'message:history'({ chat, connection, send, answer }, { roomId: id, limit, ...rest }) {
    const roomId = id as RoomId;
    const [before, after] = [rest.before, rest.after] as (number | MessageId | undefined)[];
    const page = { roomId, before, after, limit };
    const payload = toHistory(roomId, await chat.history.readMessages(connection.user, page));
    send({ name: 'message:history', payload });
    answer(payload);
  },

  async 'message:read'({ chat, connection, send, answer }, { roomId: id, messageId }) {
    const roomId = id as RoomId;
    const mark = { roomId, messageId: messageId as MessageId };
    const read = await chat.readReceipts.markRead(connection, mark);
    const reader = { roomId, userId: connection.user.id, readAtMs: read.readAtMs };
    const payload = toRead({ ...reader, messageId: read.messageId ?? messageId });
    if (read.hasMoved && connection.hasOpen(roomId)) send({ name: 'message:read', payload });
    answer(payload);
  },

  'typing:start': (context, { roomId }) => setTyping(context, roomId, true),
  'typing:stop': (context, { roomId }) => setTyping(context, roomId, false),

  async 'presence:set'({ chat, connection, answer }, { status }) {
    await chat.presenceStatus.set(connection, { status, statusText: undefined });
    answer({ status });
  },
};

const FOR_TOKENS: CommandsForTokens<SocketIoEvents> = {
  'room:join': 'join_room',
  'room:leave': 'leave_room',
  'room:list': 'get_rooms',
  'message:send': 'chat_message',
  'message:history': 'get_history',
  'message:read': 'mark_read',
  'typing:start': 'user_typing',
  'typing:stop': 'user_typing',
  'presence:set': 'set_presence',
};

const run = commandRunner(decodeSocketIoEvent, COMMANDS, FOR_TOKENS);

/** @throws {ChatError} VALIDATION_ERROR, UNKNOWN_TYPE, and what the command throws. */
export function runCommand(
  context: CommandContext,
  name: string,
  payload: unknown,
): void | Promise<void> {
  return run(context, name, payload ?? {});
}

async function setTyping(
  { chat, connection, answer }: CommandContext,
  roomId: string,
  isTyping: boolean,
): Promise<void> {
  await chat.typing.set(connection, { roomId: roomId as RoomId, isTyping });
  answer();
}

/** Sends edits and deletions of older messages since the given position. */
function* missedChanges({ state }: OpenedRoom) {
  for (const event of state.events) {
    const encoded = event.kind === 'access-lost' ? undefined : toLogged(event);
    if (encoded !== undefined) yield encoded;
  }
}

/** Rejects messages of which nothing is left after sanitizing. */
function rejectInvisible(text: string): void {
  if (!isBlank(sanitise(text))) return;
  const message = 'The message has no visible content';
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
