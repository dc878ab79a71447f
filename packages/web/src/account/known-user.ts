/** The last user of this browser, and the copy of their latest messages: the page opens with them. */
import type { OfflineCopy, UserId, UserPayload, WorkspaceEntry } from '@parley/client';
import type { StoredName } from '../people/display-names.ts';

export const USER_KEY = 'parley.user';
export const COPY_KEY = 'parley.copy.';

/** The user, and when the session ends if it is not used. */
export type KnownUser = UserPayload & { readonly endsAtMs: number };

export interface StoredPage extends OfflineCopy {
  readonly names: readonly StoredName[];
  readonly workspaces: readonly WorkspaceEntry[];
}

/** The user to enter as; undefined if there is none, or the session must have expired. */
export function readKnownUser(): KnownUser | undefined {
  const known = readStored(USER_KEY) as KnownUser | undefined;
  return known && known.endsAtMs > Date.now() ? known : undefined;
}

export function readOfflineCopy(userId: UserId): StoredPage | undefined {
  return readStored(COPY_KEY + userId) as StoredPage | undefined;
}

export function readStored(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined;
  } catch {
    // Storage is forbidden, or its content was not written by this page.
    return undefined;
  }
}
