/** The end of a room's log in memory: its arrays start after what retention has deleted. */
import type { Epoch } from '@parley/protocol';
import type { StoredRoom, Tables } from './tables.ts';

export function headSequenceOf({ firstSequence, entries }: StoredRoom): number {
  return firstSequence - 1 + entries.length;
}

export function headOrdinalOf({ prunedOrdinal, messageIds }: StoredRoom): number {
  return prunedOrdinal + messageIds.length;
}

/**
 * Returns the ordinal of the latest message at or below a sequence; below the first event, that of
 * the deleted messages.
 */
export function ordinalAt(stored: StoredRoom, sequence: number): number {
  const { entries, firstSequence, prunedOrdinal } = stored;
  const index = Math.min(sequence, headSequenceOf(stored)) - firstSequence;
  return entries[index]?.ordinal ?? prunedOrdinal;
}

/** Counts the remaining messages at or below a sequence. */
export function countUpTo(stored: StoredRoom, sequence: number): number {
  return ordinalAt(stored, sequence) - stored.prunedOrdinal;
}

/** The only place that creates epochs of this store. */
export function epochOf({ generation }: Tables, { logId }: StoredRoom): Epoch {
  return `${logId}.${generation}` as Epoch;
}
