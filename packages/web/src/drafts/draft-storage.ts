/** Stores drafts in the browser's storage, per user, so that they survive a reload. */
import type { RoomId, UserId } from '@parley/client';

/**
 * Longer drafts are kept in memory only: one paste must not use the storage of all other
 * drafts.
 */
export const STORED_DRAFT_LENGTH_MAX = 20_000;

/** A room, or a thread in it: where messages are edited. */
export type EditPlace = RoomId | `thread/${string}`;

/**
 * A place, a person without a conversation yet, a message that is edited in a place, a poll in a
 * place, the message that a text replies to, with its thread, or the files of a message box
 * (`files/draft-file.ts`).
 */
export type DraftKey =
  | EditPlace
  | `people/${string}`
  | `edit/${string}`
  | `poll/${string}`
  | `reply/${string}`
  | FilesKey;

export type FilesKey = `files/${string}`;

export type DraftEntries = readonly (readonly [DraftKey, string])[];

/** Called for each use, because accessing forbidden storage throws. */
export type DraftStorage = () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export const browserStorage: DraftStorage = () => localStorage;

export function readDrafts(userId: UserId, storage: DraftStorage): DraftEntries {
  try {
    const stored: unknown = JSON.parse(storage().getItem(keyOf(userId)) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isEntry) : [];
  } catch {
    // Storage is forbidden, or its content was not written by this page.
    return [];
  }
}

export function storeDrafts(userId: UserId, drafts: DraftEntries, storage: DraftStorage): void {
  const short = drafts.filter(([, text]) => text.length <= STORED_DRAFT_LENGTH_MAX);
  try {
    if (short.length === 0) storage().removeItem(keyOf(userId));
    else storage().setItem(keyOf(userId), JSON.stringify(short));
  } catch {
    // Storage is forbidden or full; the drafts are kept until the page unloads.
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
