/**
 * From an admitted command of the log to what everybody hears: stored first, then
 * acknowledged in its place and told. Every logged command goes this way, whoever
 * asks and however.
 */

import { ChatError, type ClientMessageId, type MessageId, type RoomId } from '@parley/protocol';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import type { Message } from '../../model/message.ts';
import { newMessage } from '../../model/new-message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';
import { archived, unavailable } from '../errors.ts';
import type { CommitResult } from '../event-log/commit-queue.ts';
import type { Parts } from '../parts.ts';
import type { ChatConnection } from './connection.ts';
import { broadcast } from './fan-out.ts';

/** Who gives a command: over a connection, which then hears the acknowledgement only, or over HTTP. */
export interface Author {
  readonly user: User;
  readonly connection: ChatConnection | undefined;
}

export interface Acknowledgement {
  readonly roomId: RoomId;
  /** The message that was stored or changed. */
  readonly messageId: MessageId;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly duplicate: boolean;
  /** What this attempt has stored; undefined of a duplicate, and of what is no message. */
  readonly message: Message | undefined;
  /**
   * The message as it was sent, whichever attempt stored it; of a duplicate without its place
   * in a thread. Undefined if the command is not a message.
   */
  readonly sent: Message | undefined;
  readonly isReply: boolean;
}

export type OnAcknowledged = (result: Acknowledgement | ChatError) => void;

/** What the caller says of a command; the rest is made here. */
type CommandInput<C extends LogCommand> = C extends LogCommand
  ? Omit<C, 'userId' | 'fingerprint' | 'admittedAtMs'>
  : never;

/**
 * Admits a command. `settle` is called once: with the acknowledgement, in the place
 * of the event in the connection's stream, or with why it was not stored.
 *
 * @param identity What makes a repetition the same command: kind, target, content as sent.
 * @throws {ChatError} UNAVAILABLE; then nothing was stored, and `settle` is not called.
 */
export function storeAndBroadcast(
  parts: Parts,
  author: Author,
  command: CommandInput<LogCommand>,
  { identity, settle }: { readonly identity: readonly unknown[]; readonly settle: OnAcknowledged },
): void {
  const { secrets, clock } = parts;
  const { connection } = author;
  const admitted: LogCommand = {
    ...command,
    userId: author.user.id,
    fingerprint: secrets.digest(JSON.stringify(identity)),
    admittedAtMs: clock.nowMs(),
  };
  parts.commits.submit(admitted, (commitResult) => {
    if (connection !== undefined) connection.commandsUnderWay -= 1;
    handleCommitResult(parts, author, admitted, commitResult, settle);
  });
  if (connection !== undefined) connection.commandsUnderWay += 1;
}

function handleCommitResult(
  parts: Parts,
  author: Author,
  command: LogCommand,
  commitResult: CommitResult,
  settle: OnAcknowledged,
): void {
  switch (commitResult.kind) {
    case 'stored': {
      const { sequence, createdAtMs } = commitResult.event;
      const { event } = commitResult;
      const message = event.kind === 'message' ? event.message : undefined;
      const place = {
        messageId: targetOf(command),
        sequence,
        createdAtMs,
        duplicate: false,
        message,
        sent: message,
      };
      // Before the event is told: the author's own copy of it is this acknowledgement.
      acknowledgeInOrder(parts, author, toAcknowledgement(command, place), settle);
      broadcastEvent(parts, author, commitResult.event);
      return;
    }
    case 'duplicate': {
      const sent = toSent(author, command, commitResult);
      const about = { ...commitResult, duplicate: true, message: undefined, sent };
      const acknowledgement = toAcknowledgement(command, about);
      acknowledgeInOrder(parts, author, acknowledgement, settle);
      // The first attempt may have been stored without anybody hearing of it.
      if (isUncertain(parts, acknowledgement)) parts.streams.scheduleRepair(command.roomId);
      return;
    }
    case 'unlogged':
      settle(toAcknowledgement(command, toUnlogged(command)));
      return;
    case 'rejected':
      if (commitResult.isArchived) parts.streams.get(command.roomId)?.noteInUse(false);
      settle(toRejection(commitResult));
      return;
    case 'unknown':
      settle(unavailable(commitResult.error));
      parts.streams.scheduleRepair(command.roomId);
      return;
    default:
      commitResult satisfies never;
  }
}

function isUncertain({ streams }: Parts, { roomId, sequence }: Acknowledgement): boolean {
  return sequence > (streams.get(roomId)?.head ?? Number.POSITIVE_INFINITY);
}

function acknowledgeInOrder(
  { streams }: Parts,
  { connection }: Author,
  acknowledgement: Acknowledgement,
  settle: OnAcknowledged,
): void {
  const { roomId, sequence } = acknowledgement;
  const stream = streams.get(roomId);
  const run = (): void => settle(acknowledgement);
  const isOpen = connection?.openRooms.has(roomId) === true;
  const opening = isOpen ? undefined : connection?.openings.get(roomId);
  if (opening !== undefined) opening.answers.push({ sequence, run });
  else if (stream === undefined || connection === undefined) run();
  else stream.acknowledgeAt(connection, sequence, run);
}

function broadcastEvent(parts: Parts, { connection }: Author, event: RoomEvent): void {
  const { streams, logger } = parts;
  const { roomId, sequence, kind } = event;
  if (kind === 'access-lost') endMembership(parts, event);
  logger.record({ event: 'log.stored', roomId, sequence, kind });
  const count = streams.publish(event);
  logger.record({ event: 'log.delivered', roomId, sequence, kind, count });
  parts.activity.note(event, connection);
  parts.assistant?.hear(event);
}

/** A connection that has the room open hears it in its place of the stream, any other one now. */
function endMembership(
  { people }: Parts,
  { userId, roomId, reason, sequence }: Extract<RoomEvent, { kind: 'access-lost' }>,
): void {
  const others = people.connectionsOf(userId).filter(({ openRooms }) => !openRooms.has(roomId));
  people.leftRoom(userId, roomId);
  broadcast({ kind: 'room-left', roomId, reason, sequence, wasOpen: false }, others);
}

function toAcknowledgement(
  command: LogCommand,
  place: Omit<Acknowledgement, 'roomId' | 'clientMessageId' | 'isReply'>,
): Acknowledgement {
  const { roomId, clientMessageId } = command;
  const { messageId, sequence, createdAtMs, duplicate, message, sent } = place;
  const isReply = command.kind === 'message' && command.parentId !== undefined;
  const about = { roomId, messageId, clientMessageId, sequence, createdAtMs };
  return { ...about, duplicate, message, sent, isReply };
}

/** The message that the first attempt stored, from what this attempt repeats. */
function toSent(
  { user }: Author,
  command: LogCommand,
  { messageId, sequence, createdAtMs }: Extract<CommitResult, { kind: 'duplicate' }>,
): Message | undefined {
  if (command.kind !== 'message') return undefined;
  const { roomId, content, clientMessageId, attachments } = command;
  return newMessage({
    id: messageId,
    roomId,
    userId: user.id,
    sender: user.username,
    content,
    createdAtMs,
    sequence,
    clientMessageId,
    attachments,
    reply: undefined,
  });
}

function toUnlogged(command: LogCommand) {
  const createdAtMs = command.admittedAtMs;
  return {
    messageId: targetOf(command),
    sequence: 0,
    createdAtMs,
    duplicate: false,
    message: undefined,
    sent: undefined,
  };
}

/** A loss of access is about a person; nobody reads this of its answer. */
function targetOf(command: LogCommand): MessageId {
  return command.kind === 'access-lost' ? ('' as MessageId) : command.messageId;
}

type Rejection = Extract<CommitOutcome, { readonly kind: 'rejected' }>;

const CONFLICTS: Partial<Record<NonNullable<Rejection['field']>, string>> = {
  clientMessageId: 'This clientMessageId was used for another command',
  emoji: 'This message has as many different reactions as it may have',
};

function toRejection({ code, field, isArchived }: Rejection): ChatError {
  if (isArchived) return archived();
  const message = code === 'CONFLICT' && field !== undefined ? CONFLICTS[field] : undefined;
  return new ChatError(code, {
    ...(field === undefined ? {} : { field }),
    ...(message === undefined ? {} : { message }),
  });
}
