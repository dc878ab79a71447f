/**
 * Data of accounts in this browser: the user, a copy of the latest messages, drafts and unsent
 * messages. The copy is removed when the session ends; drafts and unsent messages only if it was ended
 * on purpose, another user logs in, or the user stays away.
 */
import { removeOutboxes, toOfflineCopy, type UserId, type UserPayload } from '@parley/client';
import type { Chat } from '../chat-context.ts';
import { removeStoredFiles } from '../files/stored-files.ts';
import type { StoredName } from '../people/display-names.ts';
import { knownName } from '../people/use-shown-name.ts';
import { conversationName } from '../rooms/shown-room-name.ts';
import { SEARCHES_KEY } from '../search/recent-searches.ts';
import {
  COPY_KEY,
  type KnownUser,
  readKnownUser,
  readStored,
  type StoredPage,
  USER_KEY,
} from './known-user.ts';

/** A busy room changes many times a second; the copy may be a little older. */
const SAVE_MS = 3_000;
/** A session is used, and so ends later, as long as the page is connected. */
const ASK_MS = 3_600_000;
/** Assumed until the server has said when the session ends. */
const SESSION_MS = 86_400_000;
/** Time for which drafts and unsent messages wait for a user whose session has expired. */
const UNSENT_MS = 30 * 86_400_000;
const DRAFTS_KEY = 'parley.drafts.';
const NAMES_MAX = 500;
const WORKSPACES_MAX = 100;

export type Shown = Pick<Chat, 'user' | 'client' | 'names' | 'workspaces'>;

/** The stored data of one user. */
export interface OfflineCopyKeeper {
  /** Saves the user now, and the copy after changes; removes what is stored of all other users. */
  readonly keep: () => void;
  /** Removes the copy, and saves nothing until the next `keep`. */
  readonly forget: () => void;
  /** Also removes the user. */
  readonly remove: () => void;
}

export function offlineCopyKeeper(shown: Shown): OfflineCopyKeeper {
  const { user, client, names, workspaces } = shown;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ends: readonly (() => void)[] = [];
  let askedAtMs = 0;
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const isGreeted = client.getSnapshot().user !== undefined;
    // Before the first greeting there is nothing newer than the stored copy.
    if (isGreeted) write(COPY_KEY + user.id, toStoredPage(shown));
  };
  const askForEnd = async (): Promise<void> => {
    askedAtMs = Date.now();
    // The server documents the answer of this route.
    const answer = (await client.http.call('GET', '/api/auth/session')) as {
      readonly user: UserPayload | null;
      readonly expiresAt?: string;
    };
    if (answer.user?.id !== user.id || ends.length === 0) return;
    writeUser(user, Date.parse(answer.expiresAt ?? ''));
  };
  const onChange = (): void => {
    timer ??= setTimeout(save, SAVE_MS);
    if (client.getSnapshot().connection.kind !== 'open') return;
    if (Date.now() - askedAtMs > ASK_MS) askForEnd().catch(() => {});
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
  const forget = (): void => {
    stop();
    removeStored((key) => key === COPY_KEY + user.id);
  };
  return {
    keep: () => {
      stop();
      const known = readKnownUser();
      removeStored(isCopyOrDraft, user.id);
      removeOutboxes({ except: user.id }).catch(() => {});
      removeStoredFiles((owner) => owner !== user.id).catch(() => {});
      writeUser(user, known?.id === user.id ? known.endsAtMs : Date.now() + SESSION_MS);
      askedAtMs = 0;
      ends = [client, names, workspaces].map((each) => each.subscribe(onChange));
      // This part may have been loaded after the latest change.
      onChange();
      window.addEventListener('pagehide', onHide);
    },
    forget: () => {
      forget();
      // Without a session: the time says how long unsent messages wait.
      if (readKnownUser()?.id === user.id) writeUser(user, Date.now());
    },
    remove: () => {
      forget();
      removeStoredFiles((owner) => owner === user.id).catch(() => {});
      if (readKnownUser()?.id === user.id) removeStored((key) => key === USER_KEY);
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

/** Removes what is stored of users whose session has ended while no page was open. */
export async function removeExpired(): Promise<void> {
  if (readKnownUser() !== undefined) return;
  const last = readStored(USER_KEY) as KnownUser | undefined;
  const isAway = !(last && last.endsAtMs + UNSENT_MS > Date.now());
  removeStored((key) => (isAway ? isCopyOrDraft(key) || key === USER_KEY : isCopy(key)));
  if (isAway) await Promise.all([removeOutboxes(), removeStoredFiles(() => true)]);
}

function isCopy(key: string): boolean {
  return key.startsWith(COPY_KEY);
}

function isCopyOrDraft(key: string): boolean {
  return isCopy(key) || key.startsWith(DRAFTS_KEY) || key.startsWith(SEARCHES_KEY);
}

/** @param except Entries of this user stay. */
function removeStored(isRemoved: (key: string) => boolean, except?: UserId): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (isRemoved(key) && !(except && key.endsWith(except))) localStorage.removeItem(key);
    }
  } catch {
    // Storage is forbidden: nothing was stored.
  }
}

function writeUser({ id, username }: UserPayload, endsAtMs: number): void {
  write(USER_KEY, { id, username, endsAtMs });
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is forbidden or full: the page needs the server to open.
  }
}
