/**
 * The state that the page shows without a server: the last user of this browser and a copy of their
 * latest messages. Both are removed when the session ends, and when another user logs in.
 */
import {
  type OfflineCopy,
  toOfflineCopy,
  type UserId,
  type UserPayload,
  type WorkspaceEntry,
} from '@parley/client';
import type { Chat } from '../hooks/chat-context.ts';
import type { StoredName } from '../people/display-names.ts';
import { knownName } from '../people/use-shown-name.ts';
import { conversationName } from '../rooms/shown-room-name.ts';

const USER_KEY = 'parley.user';
const COPY_KEY = 'parley.copy.';
/** A busy room changes many times a second; the copy may be a little older. */
const SAVE_MS = 3_000;
const NAMES_MAX = 500;
const WORKSPACES_MAX = 100;

export interface StoredPage extends OfflineCopy {
  readonly names: readonly StoredName[];
  readonly workspaces: readonly WorkspaceEntry[];
}

type Shown = Pick<Chat, 'user' | 'client' | 'names' | 'workspaces'>;

/** The user to enter as while the server does not answer; undefined if there is none. */
export function readOfflineUser(): UserPayload | undefined {
  const user = readJson(USER_KEY) as Partial<UserPayload> | undefined;
  return typeof user?.id === 'string' && typeof user.username === 'string'
    ? { id: user.id, username: user.username }
    : undefined;
}

export function readOfflineCopy(userId: UserId): StoredPage | undefined {
  return readJson(copyKey(userId)) as StoredPage | undefined;
}

/** The stored copy of one user. */
export interface OfflineCopyKeeper {
  /** Saves the user now, and the copy after changes; removes the copies of all other users. */
  readonly keep: () => void;
  /** Removes the user and the copy, and saves nothing until the next `keep`. */
  readonly forget: () => void;
}

export function offlineCopyKeeper(shown: Shown): OfflineCopyKeeper {
  const { user, client, names, workspaces } = shown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ends: readonly (() => void)[] = [];
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const isGreeted = client.getSnapshot().user !== undefined;
    // Before the first greeting there is nothing newer than the stored copy.
    if (isGreeted) writeJson(copyKey(user.id), toStoredPage(shown));
  };
  const onHide = (): void => {
    if (timer !== undefined) save();
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const end of ends) end();
    ends = [];
    window.removeEventListener('pagehide', onHide);
  };
  return {
    keep: () => {
      stop();
      removeOfflineCopies(user.id);
      writeJson(USER_KEY, user);
      const onChange = (): void => {
        timer ??= setTimeout(save, SAVE_MS);
      };
      ends = [client, names, workspaces].map((each) => each.subscribe(onChange));
      window.addEventListener('pagehide', onHide);
    },
    forget: () => {
      stop();
      removeOfflineCopies();
    },
  };
}

/** The copy of the state, with the names that the page shows in it. */
function toStoredPage(shown: Shown): StoredPage {
  const snapshot = shown.client.getSnapshot();
  const copy = toOfflineCopy(snapshot);
  const names = new Map<UserId, StoredName>();
  for (const { userId, sender } of copy.rooms.flatMap(({ log }) => log.messages)) {
    const name = names.has(userId) ? undefined : knownName(shown, { userId, username: sender });
    if (name !== undefined && names.size < NAMES_MAX) names.set(userId, [userId, sender, name]);
  }
  return {
    ...copy,
    conversations: copy.conversations.map((each) => ({
      ...each,
      name: conversationName(each, snapshot.presence),
    })),
    names: [...names.values()],
    workspaces: shown.workspaces.entries().slice(0, WORKSPACES_MAX),
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
