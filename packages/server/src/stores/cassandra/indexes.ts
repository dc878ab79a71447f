/** Statements on the indexes of the logs: keys, positions, threads and pins. */
import type { RoomId } from '@parley/protocol';
import type { types } from 'cassandra-driver';
import type { LoggedKey } from '../../ports/message-log.ts';
import { chunksOf } from './chunks.ts';
import { long, type Statement, type StoredEvent } from './room-log.ts';

/** Partitions that a request writes to: for more, Cassandra logs a warning. */
const PARTITIONS_PER_REQUEST = 10;
/** Rows of each: Cassandra rejects a request to several partitions of more than 50 KiB. */
const ROWS_PER_PARTITION = 4;

/** A statement on one partition of an index. */
interface IndexStatement extends Statement {
  readonly partition: string;
}

/** A UUID of version 7 at the end of a text; its first 48 bits are a time in milliseconds. */
const UUID_V7 = /(?:^| )([0-9a-f]{8}-[0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The partition of a message in `message_positions`: its time in steps of 16 ms, so that the
 * messages of a batch are one write. An id of another form has a partition of its own.
 */
export function positionSlice(messageId: string): string {
  return UUID_V7.exec(messageId)?.[1]?.slice(0, -1) ?? messageId;
}

/**
 * The partition of a key in its room: the time in its `clientMessageId` in steps of 4 s. New keys
 * are looked for in recent partitions, which are in memory. A key of another form has its own.
 */
export function keySlice(name: string): string {
  return UUID_V7.exec(name)?.[1]?.slice(0, -3) ?? name;
}

/** Statements that write the key and the position of an event to the indexes. */
export function indexStatements(
  roomId: RoomId,
  event: Pick<StoredEvent, 'kind' | 'sequence' | 'targetId' | 'sendKey' | 'parentId'> &
    Partial<Pick<StoredEvent, 'messageSequence'>>,
): IndexStatement[] {
  const { kind, sequence, targetId, sendKey, parentId, messageSequence } = event;
  const statements: IndexStatement[] = [];
  if (sendKey !== undefined) {
    const { name, ...body } = sendKey;
    const slice = keySlice(name);
    statements.push({
      partition: `${roomId} ${slice}`,
      query: 'INSERT INTO send_keys (room_id, slice, name, body) VALUES (?, ?, ?, ?)',
      params: [roomId, slice, name, JSON.stringify(body)],
    });
  }
  if (messageSequence !== undefined) {
    statements.push(...pinStatements(roomId, { kind, sequence, messageSequence }));
  }
  if (kind !== 'message') return statements;
  const slice = positionSlice(targetId);
  statements.push({
    partition: slice,
    query:
      'INSERT INTO message_positions (slice, message_id, room_id, sequence) VALUES (?, ?, ?, ?)',
    params: [slice, targetId, roomId, long(sequence)],
  });
  if (parentId !== undefined) {
    statements.push({
      partition: parentId,
      query: 'INSERT INTO threads (room_id, parent_id, sequence) VALUES (?, ?, ?)',
      params: [roomId, parentId, long(sequence)],
    });
  }
  return statements;
}

/** Divides index writes into requests. Rows of one partition are one write for Cassandra. */
export function toRequests(statements: readonly IndexStatement[]): Statement[][] {
  const partitions = [...Map.groupBy(statements, ({ partition }) => partition).values()];
  // A request with one partition may be as large as it wants.
  const large = partitions.filter(({ length }) => length > ROWS_PER_PARTITION);
  const small = partitions.filter(({ length }) => length <= ROWS_PER_PARTITION);
  return [...large, ...chunksOf(small, PARTITIONS_PER_REQUEST).map((chunk) => chunk.flat())];
}

/** A row of `send_keys` with its name. */
export function toKey(row: types.Row): LoggedKey {
  return { ...JSON.parse(row['body']), name: row['name'] };
}

/**
 * Statements that move a message into the index of pins, or out of it. The sequence of the event is
 * the time of the write: whichever node copies it, and whenever, the latest event wins.
 */
export function pinStatements(
  roomId: RoomId,
  {
    kind,
    sequence,
    messageSequence,
  }: Pick<StoredEvent, 'kind' | 'sequence'> & { readonly messageSequence: number },
): IndexStatement[] {
  const partition = roomId;
  const params = [long(sequence), roomId, long(messageSequence)];
  switch (kind) {
    case 'pin': {
      const query = 'INSERT INTO pins (room_id, sequence) VALUES (?, ?) USING TIMESTAMP ?';
      return [{ partition, query, params: [roomId, long(messageSequence), long(sequence)] }];
    }
    case 'unpin':
    case 'deletion': {
      const query = 'DELETE FROM pins USING TIMESTAMP ? WHERE room_id = ? AND sequence = ?';
      return [{ partition, query, params }];
    }
    default:
      return [];
  }
}
