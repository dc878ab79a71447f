/**
 * Counts the messages of a room above a position that unread counts leave out, at a bounded cost:
 * deleted ones, and replies, which count for those who follow their thread. Beside each of them, `deletion_counts` has one row per block of 256, 256² and 256³
 * sequences. Every later one is in one of at most 255 rows of each level.
 */

import type { RoomId } from '@parley/protocol';
import { type Operation, run, runAll } from './operation.ts';

const LEVELS = [0, 1, 2, 3] as const;
const BITS_PER_LEVEL = 8;
const BLOCK = 2 ** BITS_PER_LEVEL;

/** SQL of the number of left out messages above a position, for both databases. */
export function leftOutAbove(roomId: string, position: string): string {
  const parts = LEVELS.map((level) => {
    const block = `(${position} >> ${level * BITS_PER_LEVEL})`;
    const end = `(((${position} >> ${(level + 1) * BITS_PER_LEVEL}) + 1) << ${BITS_PER_LEVEL})`;
    const above = `SELECT count FROM deletion_counts WHERE room_id = ${roomId} AND level = ${level} AND block > ${block}`;
    // The next level continues at the end of the larger block.
    return level === LEVELS.length - 1 ? above : `${above} AND block < ${end}`;
  });
  return `(SELECT CAST(coalesce(sum(count), 0) AS BIGINT) FROM (${parts.join(' UNION ALL ')}) counted)`;
}

interface Block {
  readonly level: number;
  readonly block: number;
}

/** The rows that count a message at this sequence; the first one is its own. */
export function leftOutBlocks(sequence: number): readonly Block[] {
  return LEVELS.map((level) => ({ level, block: Math.floor(sequence / BLOCK ** level) }));
}

/** Counts each message once, however often it is deleted, and if it was left out before. */
export function* countDeletion(roomId: RoomId, sequence: number): Operation<void> {
  const insert =
    'INSERT INTO deletion_counts (room_id, level, block, count) VALUES ($1, $2, $3, 1) ON CONFLICT (room_id, level, block)';
  const [own, ...larger] = leftOutBlocks(sequence);
  if (own === undefined) return;
  if ((yield* run(`${insert} DO NOTHING`, roomId, own.level, own.block)) === 0) return;
  const sql = `${insert} DO UPDATE SET count = deletion_counts.count + 1`;
  yield* runAll(larger.map(({ level, block }) => [sql, roomId, level, block] as const));
}

/** Statements that leave out a new message. */
export function leaveOut(roomId: RoomId, sequence: number) {
  const sql = `INSERT INTO deletion_counts (room_id, level, block, count) VALUES ($1, $2, $3, 1)
     ON CONFLICT (room_id, level, block) DO UPDATE SET count = deletion_counts.count + 1`;
  return leftOutBlocks(sequence).map(({ level, block }) => [sql, roomId, level, block] as const);
}
