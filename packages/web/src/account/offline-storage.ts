/**
 * The state that the page shows without a server: the last user of this browser and a copy of their
 * latest messages. Both are removed when the session ends, and when another user logs in.
 */
import {
  type ChatClient,
  type OfflineCopy,
  toOfflineCopy,
  type UserId,
  type UserPayload,
} from '@parley/client';

const USER_KEY = 'parley.user';
const COPY_KEY = 'parley.copy.';
/** A busy room changes many times a second; the copy may be a little older. */
const SAVE_MS = 3_000;

/** The user to enter as while the server does not answer; undefined if there is none. */
export function readOfflineUser(): UserPayload | undefined {
  const user = readJson(USER_KEY) as Partial<UserPayload> | undefined;
  return typeof user?.id === 'string' && typeof user.username === 'string'
    ? { id: user.id, username: user.username }
    : undefined;
}

export function readOfflineCopy(userId: UserId): OfflineCopy | undefined {
  return readJson(copyKey(userId)) as OfflineCopy | undefined;
}

/** The stored copy of one user. */
export interface OfflineCopyKeeper {
  /** Saves the user now, and the copy after changes; removes the copies of all other users. */
  readonly keep: () => void;
  /** Removes the user and the copy, and saves nothing until the next `keep`. */
  readonly forget: () => void;
}

export function offlineCopyKeeper(user: UserPayload, client: ChatClient): OfflineCopyKeeper {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: (() => void) | undefined;
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const snapshot = client.getSnapshot();
    // Before the first greeting there is nothing newer than the stored copy.
    if (snapshot.user !== undefined) writeJson(copyKey(user.id), toOfflineCopy(snapshot));
  };
  const onHide = (): void => {
    if (timer !== undefined) save();
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
    unsubscribe?.();
    unsubscribe = undefined;
    window.removeEventListener('pagehide', onHide);
  };
  return {
    keep: () => {
      stop();
      removeOfflineCopies(user.id);
      writeJson(USER_KEY, user);
      unsubscribe = client.subscribe(() => {
        timer ??= setTimeout(save, SAVE_MS);
      });
      window.addEventListener('pagehide', onHide);
    },
    forget: () => {
      stop();
      removeOfflineCopies();
    },
  };
}

/** Removes the last user, and the copies of all users except this one. */
export function removeOfflineCopies(except?: UserId): void {
  try {
    const stored = Object.keys(localStorage).filter((key) => key.startsWith(COPY_KEY));
    const kept = except === undefined ? undefined : copyKey(except);
    for (const key of [USER_KEY, ...stored]) if (key !== kept) localStorage.removeItem(key);
  } catch {
    // Storage is forbidden: nothing was stored.
  }
}

function copyKey(userId: UserId): string {
  return `${COPY_KEY}${userId}`;
}

function readJson(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined;
  } catch {
    // Storage is forbidden, or its content was not written by this page.
    return undefined;
  }
}

function writeJson(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is forbidden or full: the page needs the server to open.
  }
}
