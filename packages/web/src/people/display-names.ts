/**
 * Names of users whose presence this page does not know, such as the authors of old messages, and ids
 * of users who are mentioned. They are asked for together, and once.
 */
import type { ChatClient, FoundByName, UserId } from '@parley/client';
import { fullName } from './full-name.ts';

/** Maximum number of users in one request. */
const REQUEST_MAX = 50;
/** Maximum number of names that are kept; above it, the oldest are removed. */
const NAMES_MAX = 2_000;
const DELAY_MS = 50;
/** Before the username of a user whose id is not known. */
const BY_USERNAME = '@';

/** A name from an earlier visit: shown until the server is asked. */
export type StoredName = readonly [userId: UserId, username: string, name: string];

/** A user to ask for. */
export type NameKey = UserId | `@${string}`;

export function keyOfUsername(username: string): NameKey {
  return `${BY_USERNAME}${username.toLowerCase()}`;
}

export class DisplayNames {
  readonly #findUsers: ChatClient['account']['findUsers'];
  readonly #names = new Map<UserId, string>();
  /** By username; undefined if there is no such user. */
  readonly #ids = new Map<NameKey, UserId | undefined>();
  readonly #bots = new Set<UserId>();
  readonly #avatarUrls = new Map<UserId, string>();
  readonly #wanted = new Set<NameKey>();
  /** Known from an earlier visit. */
  readonly #outdated = new Set<NameKey>();
  /** The server did not answer. */
  #failed: readonly NameKey[] = [];
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(findUsers: ChatClient['account']['findUsers'], stored: readonly StoredName[] = []) {
    this.#findUsers = findUsers;
    for (const [userId, username, name] of stored) {
      const key = keyOfUsername(username);
      this.#names.set(userId, name);
      this.#ids.set(key, userId);
      this.#outdated.add(userId).add(key);
    }
  }

  get(userId: UserId): string | undefined {
    return this.#names.get(userId);
  }

  isBot(userId: UserId): boolean {
    return this.#bots.has(userId);
  }

  avatarUrlOf(userId: UserId): string | undefined {
    return this.#avatarUrls.get(userId);
  }

  idOf(username: string): UserId | undefined {
    return this.#ids.get(keyOfUsername(username));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  want(key: NameKey): void {
    const isKnown = this.#names.has(key as UserId) || this.#ids.has(key);
    if ((isKnown && !this.#outdated.has(key)) || this.#wanted.has(key)) return;
    this.#wanted.add(key);
    this.#timer ??= setTimeout(() => void this.#ask(), DELAY_MS);
  }

  /** Asks again for what the server did not answer. */
  retry(): void {
    const failed = this.#failed;
    this.#failed = [];
    for (const key of failed) this.want(key);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    const keys = [...this.#wanted].slice(0, REQUEST_MAX);
    const usernames = keys.filter((key) => key.startsWith(BY_USERNAME));
    const ids = keys.filter((key) => !key.startsWith(BY_USERNAME)) as UserId[];
    let found: readonly FoundByName[] = [];
    try {
      found = await this.#findUsers(
        ids,
        usernames.map((key) => key.slice(BY_USERNAME.length)),
      );
      for (const key of usernames) this.#ids.set(key, undefined);
      for (const key of keys) this.#outdated.delete(key);
    } catch {
      // Asked again by `retry`, or by the next row that needs a name.
      this.#failed = [...this.#wanted].slice(0, NAMES_MAX);
      this.#wanted.clear();
    }
    for (const user of found) {
      this.#names.set(user.id, fullName(user, user.username));
      this.#ids.set(keyOfUsername(user.formerUsername ?? user.username), user.id);
      if (user.isBot) this.#bots.add(user.id);
      if (user.avatarUrl !== undefined) this.#avatarUrls.set(user.id, user.avatarUrl);
    }
    // Few users are bots; those that are left out are asked for again after a reload.
    if (this.#bots.size > NAMES_MAX) this.#bots.clear();
    trim(this.#names);
    trim(this.#ids);
    trim(this.#avatarUrls);
    for (const key of keys) this.#wanted.delete(key);
    this.#timer = undefined;
    if (this.#wanted.size > 0) this.#timer = setTimeout(() => void this.#ask(), DELAY_MS);
    for (const listener of this.#listeners) listener();
  }
}

function trim(names: Map<string, string | undefined>): void {
  for (const key of names.keys()) {
    if (names.size <= NAMES_MAX) return;
    names.delete(key);
  }
}
