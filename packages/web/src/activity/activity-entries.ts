/** Merges the pages of the activity. Pure. */
import type { ActivityEntry } from '@parley/client';

/** Where the list goes on: in the activity of rooms, in the invitations, or in both. */
export interface NextPage {
  readonly activity: string | undefined;
  /** Empty for the first page of the list of invitations. */
  readonly invitations: string | undefined;
}

export interface Page {
  readonly entries: readonly ActivityEntry[];
  readonly next: NextPage;
}

export interface Pages extends Page {
  /** Latest first, each once. */
  readonly entries: readonly ActivityEntry[];
  /** More than the latest page was loaded. */
  readonly isDeep: boolean;
}

/** A later page can have newer entries, of a room that is searched later. */
export function withPage(before: Pages, { entries, next }: Page, isLater: boolean): Pages {
  if (isLater) return { entries: merge(before.entries, entries), next, isDeep: true };
  if (!before.isDeep) return { entries, next, isDeep: false };
  // The latest page again: it has the latest invitations that are not answered.
  const kept = before.entries.filter(({ kind }) => kind !== 'invitation');
  return {
    entries: merge(kept, entries),
    next: { ...before.next, invitations: next.invitations },
    isDeep: true,
  };
}

export function hasNext({ activity, invitations }: NextPage): boolean {
  return activity !== undefined || invitations !== undefined;
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
