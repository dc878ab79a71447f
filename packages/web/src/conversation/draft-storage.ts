/** Drafts that outlive a reload: in the storage of this tab, under the person's id. */
import type { RoomId, UserId } from '@parley/client';

/** A longer draft lasts as long as the page: one paste must not take the room of all the others. */
export const STORED_DRAFT_LENGTH_MAX = 20_000;

/** A room, or a person with whom there is no conversation yet. */
export type DraftKey = RoomId | `people/${string}`;

export type DraftEntries = readonly (readonly [DraftKey, string])[];

/** Called for each use: where storage is forbidden, to look at it throws. */
export type TabStorage = () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export const tabStorage: TabStorage = () => sessionStorage;

export function readDrafts(userId: UserId, storage: TabStorage): DraftEntries {
  try {
    const stored: unknown = JSON.parse(storage().getItem(keyOf(userId)) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isEntry) : [];
  } catch {
    // Forbidden, or not what this page has written.
    return [];
  }
}

export function storeDrafts(userId: UserId, drafts: DraftEntries, storage: TabStorage): void {
  const short = drafts.filter(([, text]) => text.length <= STORED_DRAFT_LENGTH_MAX);
  try {
    if (short.length === 0) storage().removeItem(keyOf(userId));
    else storage().setItem(keyOf(userId), JSON.stringify(short));
  } catch {
    // Forbidden or full; then they last as long as the page.
  }
}

function keyOf(userId: UserId): string {
  return `parley.drafts.${userId}`;
}

function isEntry(value: unknown): value is readonly [DraftKey, string] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'string')
  );
}
