/**
 * The state that the page shows without a server: the last user of this browser and a copy of their
 * latest messages. Logging out removes both.
 */
import {
  type ChatClient,
  type OfflineCopy,
  toOfflineCopy,
  type UserId,
  type UserPayload,
} from '@parley/client';

const USER_KEY = 'parley.user';
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

/** Saves the user now, and the copy after changes. Returns a function that removes both for good. */
export function keepOfflineCopy(user: UserPayload, client: ChatClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
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
  writeJson(USER_KEY, user);
  const unsubscribe = client.subscribe(() => {
    timer ??= setTimeout(save, SAVE_MS);
  });
  window.addEventListener('pagehide', onHide);
  return () => {
    clearTimeout(timer);
    timer = undefined;
    unsubscribe();
    window.removeEventListener('pagehide', onHide);
    remove(copyKey(user.id));
    remove(USER_KEY);
  };
}

function copyKey(userId: UserId): string {
  return `parley.copy.${userId}`;
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

function remove(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Storage is forbidden: nothing was stored.
  }
}
