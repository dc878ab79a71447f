/** Where a room's log stands in memory: its arrays begin with what retention has left. */
import type { StoredRoom } from './tables.ts';

export function headSequenceOf({ firstSequence, entries }: StoredRoom): number {
  return firstSequence - 1 + entries.length;
}

export function headOrdinalOf({ prunedOrdinal, messageIds }: StoredRoom): number {
  return prunedOrdinal + messageIds.length;
}

/** The ordinal of the latest message at or below a sequence; below the first one, of all that is gone. */
export function ordinalAt(stored: StoredRoom, sequence: number): number {
  const { entries, firstSequence, prunedOrdinal } = stored;
  const index = Math.min(sequence, headSequenceOf(stored)) - firstSequence;
  return entries[index]?.ordinal ?? prunedOrdinal;
}

/** How many of the messages that are there are at or below a sequence. */
export function countUpTo(stored: StoredRoom, sequence: number): number {
  return ordinalAt(stored, sequence) - stored.prunedOrdinal;
}
