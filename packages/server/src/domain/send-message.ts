/** `chat_message`: admitted in order, stored, then told; the sender hears once it is durable. */
import { ChatError, type ClientMessageId, type MessageId, type RoomId } from '@parley/protocol';
import type { CommitOutcome, LogCommand } from '../ports/log-store.ts';
import type { RoomEvent } from '../ports/model.ts';
import type { Settlement } from './commit-queue.ts';
import type { ChatConnection } from './connection.ts';
import { unavailable } from './failure.ts';
import { toMessageText } from './message-text.ts';
import type { Parts } from './parts.ts';
import type { Participant } from './room-stream.ts';

export interface MessageRequest {
  /** Undefined: the one room that is open on the connection. */
  readonly roomId: RoomId | undefined;
  readonly content: string;
  /** Code points that the dialect allows. */
  readonly contentLengthMax: number;
  readonly clientMessageId: ClientMessageId | undefined;
}

export interface Acknowledgement {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly duplicate: boolean;
}

/**
 * Sends a message. `settle` is called once: with the acknowledgement, in the place
 * of the event in the connection's stream, or with why it was not stored.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_IN_ROOM, UNAVAILABLE; then
 *   nothing was stored, and `settle` is not called.
 */
export function sendMessage(
  parts: Parts,
  connection: ChatConnection,
  request: MessageRequest,
  settle: (result: Acknowledgement | ChatError) => void,
): void {
  const content = toMessageText(request.content, request.contentLengthMax);
  takeSend(parts, connection);
  const participant = openRoomOf(connection, request.roomId);
  const command = toCommand(parts, connection, {
    content,
    roomId: participant.stream.room.id,
    clientMessageId: request.clientMessageId,
  });
  parts.typing.stop(connection, participant.stream);
  parts.commits.submit(command, (settlement) => {
    conclude(parts, connection, command, settlement, settle);
  });
  const { roomId, messageId } = command;
  const connectionId = connection.id;
  parts.journal.record({ event: 'message.received', connectionId, roomId, messageId });
}

function takeSend({ clock }: Parts, connection: ChatConnection): void {
  const waitMs = connection.takeSend(clock.monotonicMs());
  if (waitMs === 0) return;
  throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
}

/**
 * The connection's place in a room that it has open; without an id the only one.
 *
 * @throws {ChatError} NOT_IN_ROOM; VALIDATION_ERROR where there is not just one.
 */
export function openRoomOf({ openRooms }: ChatConnection, roomId: RoomId | undefined): Participant {
  if (roomId !== undefined) {
    const participant = openRooms.get(roomId);
    if (participant === undefined) throw new ChatError('NOT_IN_ROOM');
    return participant;
  }
  const [only, ...others] = openRooms.values();
  if (only === undefined || others.length > 0) {
    throw new ChatError('VALIDATION_ERROR', {
      field: 'roomId',
      message: `Name a room: ${openRooms.size} are open on this connection`,
    });
  }
  return only;
}

function toCommand(
  { secrets, clock }: Parts,
  { user }: ChatConnection,
  message: Pick<LogCommand, 'content' | 'roomId' | 'clientMessageId'>,
): LogCommand {
  return {
    kind: 'message',
    ...message,
    userId: user.id,
    messageId: secrets.newId() as MessageId, // Made here, so it is one.
    fingerprint: secrets.digest(JSON.stringify(['message', message.content])),
    admittedAtMs: clock.nowMs(),
  };
}

function conclude(
  parts: Parts,
  connection: ChatConnection,
  command: LogCommand,
  settlement: Settlement,
  settle: (result: Acknowledgement | ChatError) => void,
): void {
  switch (settlement.kind) {
    case 'stored': {
      const event = toEvent(connection, command, settlement);
      const acknowledgement = toAcknowledgement(command, { ...settlement, duplicate: false });
      acknowledgeInOrder(parts, connection, acknowledgement, settle);
      publish(parts, event);
      return;
    }
    case 'duplicate': {
      const first = { ...command, messageId: settlement.messageId };
      const acknowledgement = toAcknowledgement(first, { ...settlement, duplicate: true });
      acknowledgeInOrder(parts, connection, acknowledgement, settle);
      return;
    }
    case 'rejected':
      settle(toRefusal(settlement.code));
      return;
    case 'unknown':
      settle(unavailable(settlement.error));
      return;
    default:
      settlement satisfies never;
  }
}

/** Before the event is published: the sender's own copy of it is this acknowledgement. */
function acknowledgeInOrder(
  { streams }: Parts,
  connection: ChatConnection,
  acknowledgement: Acknowledgement,
  settle: (result: Acknowledgement) => void,
): void {
  const stream = streams.get(acknowledgement.roomId);
  const run = (): void => settle(acknowledgement);
  if (stream === undefined) run();
  else stream.acknowledgeAt(connection, acknowledgement.sequence, run);
}

function publish({ streams, journal }: Parts, event: RoomEvent): void {
  const { roomId, sequence } = event;
  const messageId = event.message.id;
  journal.record({ event: 'message.stored', roomId, messageId, sequence });
  const count = streams.publish(event);
  journal.record({ event: 'message.delivered', roomId, messageId, sequence, count });
}

function toEvent(
  { user }: ChatConnection,
  command: LogCommand,
  { sequence, ordinal, createdAtMs }: Extract<CommitOutcome, { kind: 'stored' }>,
): RoomEvent {
  const { roomId, userId, messageId: id, content, clientMessageId } = command;
  return {
    kind: 'message',
    roomId,
    sequence,
    ordinal,
    message: {
      id,
      roomId,
      userId,
      sender: user.username,
      content,
      createdAtMs,
      sequence,
      clientMessageId,
    },
  };
}

function toAcknowledgement(
  { roomId, messageId, clientMessageId }: LogCommand,
  place: { readonly sequence: number; readonly createdAtMs: number; readonly duplicate: boolean },
): Acknowledgement {
  const { sequence, createdAtMs, duplicate } = place;
  return { roomId, messageId, clientMessageId, sequence, createdAtMs, duplicate };
}

function toRefusal(code: 'CONFLICT' | 'FORBIDDEN' | 'NOT_FOUND'): ChatError {
  if (code !== 'CONFLICT') return new ChatError(code);
  return new ChatError('CONFLICT', {
    field: 'clientMessageId',
    message: 'This clientMessageId was used for another message',
  });
}
