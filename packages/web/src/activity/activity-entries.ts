/** Merges the pages of the activity. Pure. */
import type { ActivityEntry } from '@parley/client';

export interface Page {
  readonly entries: readonly ActivityEntry[];
  readonly next?: string | undefined;
}

export interface Pages {
  /** Latest first, each once. */
  readonly entries: readonly ActivityEntry[];
  readonly next: string | undefined;
  /** More than the latest page was loaded. */
  readonly isDeep: boolean;
}

/** A later page can have newer entries, of a room that is searched later. */
export function withPage(before: Pages, { entries, next }: Page, isLater: boolean): Pages {
  if (isLater) return { entries: merge(before.entries, entries), next, isDeep: true };
  if (!before.isDeep) return { entries, next, isDeep: false };
  // The latest page again: it has every invitation that is not answered.
  const kept = before.entries.filter(({ kind }) => kind !== 'invitation');
  return { ...before, entries: merge(kept, entries) };
}

function merge(
  before: readonly ActivityEntry[],
  added: readonly ActivityEntry[],
): readonly ActivityEntry[] {
  const entries = new Map([...before, ...added].map((entry) => [keyOf(entry), entry]));
  return [...entries.values()].sort(byTime);
}

/** Latest first; within a millisecond in the order of their room. */
function byTime(one: ActivityEntry, other: ActivityEntry): number {
  if (one.timestamp !== other.timestamp) return one.timestamp < other.timestamp ? 1 : -1;
  return sequenceOf(other) - sequenceOf(one);
}

function sequenceOf(entry: ActivityEntry): number {
  return entry.kind === 'invitation' ? 0 : entry.sequence;
}

export function keyOf(entry: ActivityEntry): string {
  if (entry.kind === 'invitation') return entry.targetId;
  return [entry.kind, entry.messageId, entry.actor.id, entry.emoji, entry.timestamp].join(' ');
}
