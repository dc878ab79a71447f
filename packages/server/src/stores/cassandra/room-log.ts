/** Statements on `room_log`, and positions in it. */
import type { MessageId, RoomId } from '@parley/protocol';
import { types } from 'cassandra-driver';
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
const ROW = `INSERT INTO room_log (room_id, bucket, row_kind, sequence, key, body`;

export interface Partition {
  readonly roomId: RoomId;
  readonly bucket: number;
}

export function insertEvent(
  { roomId, bucket }: Partition,
  event: StoredEvent,
  batchId: string,
): Statement {
  const { roomId: _, ...body } = event;
  return {
    query: `${ROW}, batch_id) VALUES (?, ?, 'event', ?, '', ?, ?)`,
    params: [roomId, bucket, long(event.sequence), JSON.stringify(body), batchId],
  };
}

/** Statements that bring a message and its reactions to their new state. */
export function writeMessage(
  { roomId, bucket }: Partition,
  { message, reactions, sequence }: Fold,
): Statement[] {
  const { roomId: _, ...body } = message;
  return [
    {
      query: `${ROW}, folded) VALUES (?, ?, 'message', ?, '', ?, ?)`,
      params: [roomId, bucket, long(message.sequence), JSON.stringify(body), long(sequence)],
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

/** Bodies are written by the functions above. */
export function toEvent(roomId: RoomId, body: string): StoredEvent {
  return { detail: undefined, ...JSON.parse(body), roomId };
}

export function toRecord(roomId: RoomId, body: string): LogRecord {
  const { sendKey: _key, parentId: _parent, ...record } = toEvent(roomId, body);
  return {
    ...record,
    messageSequence: record.messageSequence,
    mentioned: record.mentioned,
  };
}

export function toMessage(roomId: RoomId, body: string): LoggedMessage {
  const message = JSON.parse(body) as LoggedMessage;
  return {
    ...message,
    roomId,
    clientMessageId: message.clientMessageId,
    editedAtMs: message.editedAtMs,
    reply: message.reply,
  };
}
