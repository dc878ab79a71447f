/** Reads the page of messages around a position of a room's log, or around a point in time. */
import { LIMITS, type RoomId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import { countFitting, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { EventLog } from '../../ports/event-log.ts';

/** A page of messages, with what is known about both of its ends. */
interface MessagesAround {
  readonly messages: readonly Message[];
  /** Older messages exist. */
  readonly hasMore: boolean;
  /** Newer messages exist. */
  readonly hasNewer: boolean;
  /** First message at or after the position, else the newest; undefined in an empty room. */
  readonly anchorSequence?: number;
}

type Reader = Pick<EventLog, 'readHistory' | 'readHeads'>;

/** Half of the page before the position, half from it on; each has half of the bytes of a page. */
export async function readAround(
  log: Reader,
  {
    roomId,
    sequence,
    limit = LIMITS.historyPageDefault,
  }: { readonly roomId: RoomId; readonly sequence: number; readonly limit: number | undefined },
): Promise<MessagesAround> {
  const olderMax = Math.floor(limit / 2);
  const read = { roomId, before: undefined, after: undefined };
  const newer = await log.readHistory({ ...read, after: sequence - 1, limit: limit - olderMax });
  // At least one is read: it shows whether there are older messages.
  const older = await log.readHistory({ ...read, before: sequence, limit: Math.max(olderMax, 1) });
  const newest = newer.messages.slice(0, countOfHalf(newer.messages));
  // A page beyond the last message shows the last one, also if it may have only one.
  const outward = older.messages.toReversed().slice(0, newest.length === 0 ? limit : olderMax);
  const oldest = outward.slice(0, countOfHalf(outward)).reverse();
  const anchor = newest[0] ?? older.messages.at(-1);
  return {
    messages: [...oldest, ...newest],
    hasMore: older.hasMore || oldest.length < older.messages.length,
    hasNewer: newer.hasMore || newest.length < newer.messages.length,
    ...(anchor === undefined ? {} : { anchorSequence: anchor.sequence }),
  };
}

/**
 * Finds the position at which the messages of a time and later begin. Bisection, because the times
 * of a room's messages never decrease: each step reads one message.
 */
export async function findSequenceAt(
  log: Reader,
  { roomId, timeMs }: { readonly roomId: RoomId; readonly timeMs: number },
): Promise<number> {
  const [found] = await log.readHeads([roomId]);
  // Messages up to `low` are older than the time; messages from `high` on are not.
  let low = 0;
  let high = (found?.head.sequence ?? 0) + 1;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    const page = { roomId, before: undefined, after: middle - 1, limit: 1 };
    const [message] = (await log.readHistory(page)).messages;
    if (message === undefined || message.sequence >= high || message.createdAtMs >= timeMs) {
      high = middle;
    } else {
      low = message.sequence;
    }
  }
  return high;
}

function countOfHalf(messages: readonly Message[]): number {
  return countFitting(messages, PAGE_BYTES_MAX / 2, messageBytes);
}
