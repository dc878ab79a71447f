/** Statements on `room_log`, and positions in it. */
import type { MessageId, RoomId } from '@parley/protocol';
import { types } from 'cassandra-driver';
import { UNCHANGED } from '../../model/message.ts';
import type {
  LoggedKey,
  LoggedMessage,
  LogRecord,
  ReactionChange,
} from '../../ports/message-log.ts';

/** A statement with its values, for a batch. */
export interface Statement {
  readonly query: string;
  readonly params: unknown[];
}

/** An event as stored: with its idempotency key and thread, from which the indexes are copied. */
export interface StoredEvent extends LogRecord {
  readonly sendKey?: LoggedKey | undefined;
  readonly parentId?: MessageId | undefined;
}

/** A change of a message in an earlier bucket, kept until it is applied there. */
export interface Fold {
  readonly message: LoggedMessage;
  readonly reactions: readonly ReactionChange[];
  /** Sequence of the event that makes it. */
  readonly sequence: number;
}

export interface Buckets {
  /** Events of a bucket. */
  readonly size: number;
  /** The bucket of an event. */
  of(sequence: number): number;
  /** The last event that a bucket can have. */
  endOf(bucket: number): number;
}

export function bucketsOf(size: number): Buckets {
  return {
    size,
    of: (sequence) => Math.floor((sequence - 1) / size),
    endOf: (bucket) => (bucket + 1) * size,
  };
}

export const long = (value: number): types.Long => types.Long.fromNumber(value);

export const WHERE_BUCKET = 'WHERE room_id = ? AND bucket = ?';
const ROW = 'INSERT INTO room_log (room_id, bucket, row_kind, sequence, key, body';
/** Constants: the driver finds prepared statements by their text. */
const INSERT_EVENT = `${ROW}, batch_id) VALUES (?, ?, 'event', ?, '', ?, ?)`;
const INSERT_MESSAGE = `${ROW}, folded) VALUES (?, ?, 'message', ?, '', ?, ?)`;

interface Partition {
  readonly roomId: RoomId;
  readonly bucket: number;
}

export function insertEvent(
  { roomId, bucket }: Partition,
  event: StoredEvent,
  batchId: string,
): Statement {
  return {
    query: INSERT_EVENT,
    params: [roomId, bucket, long(event.sequence), eventBody(event), batchId],
  };
}

/** Statements that bring a message and its reactions to their new state. */
export function writeMessage(
  { roomId, bucket }: Partition,
  { message, reactions, sequence }: Fold,
): Statement[] {
  return [
    {
      query: INSERT_MESSAGE,
      params: [roomId, bucket, long(message.sequence), messageBody(message), long(sequence)],
    },
    ...writeReactions({ roomId, bucket }, message, reactions),
  ];
}

export function writeReactions(
  { roomId, bucket }: Partition,
  message: LoggedMessage,
  reactions: readonly ReactionChange[],
): Statement[] {
  const at = [roomId, bucket, long(message.sequence)];
  if (message.isDeleted) {
    const query = `DELETE FROM room_log ${WHERE_BUCKET} AND row_kind = 'reaction' AND sequence = ?`;
    return [{ query, params: at }];
  }
  return reactions.map(({ emoji, userId, sequence }) => {
    const key = reactionKey(emoji, userId);
    if (sequence === undefined) {
      const query = `DELETE FROM room_log ${WHERE_BUCKET} AND row_kind = 'reaction' AND sequence = ? AND key = ?`;
      return { query, params: [...at, key] };
    }
    const query = `${ROW}) VALUES (?, ?, 'reaction', ?, ?, ?)`;
    return { query, params: [...at, key, String(sequence)] };
  });
}

export function reactionKey(emoji: string, userId: string): string {
  return `${emoji}\0${userId}`;
}

/** Bodies leave out what the row or the rest of the body says, and what most messages do not have. */
function eventBody(event: StoredEvent): string {
  const { sendKey, targetId } = event;
  return JSON.stringify({
    ...event,
    roomId: undefined,
    // Deletions of the message do not reach this row.
    replaced: undefined,
    sendKey: sendKey && {
      name: sendKey.name,
      fingerprint: sendKey.fingerprint,
      messageId: sendKey.messageId === targetId ? undefined : sendKey.messageId,
    },
  });
}

export function toEvent(roomId: RoomId, body: string): StoredEvent {
  const { sendKey, ...event } = JSON.parse(body);
  const { targetId, sequence, createdAtMs } = event;
  return {
    detail: undefined,
    ...event,
    roomId,
    sendKey: sendKey && { messageId: targetId, sequence, createdAtMs, ...sendKey },
  };
}

export function messageBody(message: LoggedMessage): string {
  const body: Record<string, unknown> = { ...message, roomId: undefined };
  for (const [field, usual] of Object.entries(USUAL)) {
    const value = body[field];
    if (value === usual || (Array.isArray(value) && value.length === 0)) body[field] = undefined;
  }
  return JSON.stringify(body);
}

export function toRecord(roomId: RoomId, body: string): LogRecord {
  const { sendKey: _key, parentId: _parent, ...record } = toEvent(roomId, body);
  return {
    ...record,
    messageSequence: record.messageSequence,
    mentioned: record.mentioned,
  };
}

/** Values that bodies of messages leave out. */
const USUAL = {
  ...UNCHANGED,
  clientMessageId: undefined,
  attachments: [],
  reply: undefined,
} as const satisfies Partial<LoggedMessage>;

export function toMessage(roomId: RoomId, body: string): LoggedMessage {
  return { ...USUAL, ...JSON.parse(body), roomId };
}
