/**
 * Names of users whose presence this page does not know, such as the authors of old messages. They
 * are asked for together, and once.
 */
import type { ChatClient, UserId, UserPayload } from '@parley/client';

/** Maximum number of users in one request. */
const REQUEST_MAX = 50;
/** Maximum number of names that are kept; above it, the oldest are removed. */
const NAMES_MAX = 2_000;
const DELAY_MS = 50;

export class DisplayNames {
  readonly #findUsers: ChatClient['account']['findUsers'];
  readonly #names = new Map<UserId, string>();
  readonly #wanted = new Set<UserId>();
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(findUsers: ChatClient['account']['findUsers']) {
    this.#findUsers = findUsers;
  }

  get(userId: UserId): string | undefined {
    return this.#names.get(userId);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  want(userId: UserId): void {
    if (this.#names.has(userId) || this.#wanted.has(userId)) return;
    this.#wanted.add(userId);
    this.#timer ??= setTimeout(() => void this.#ask(), DELAY_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    const ids = [...this.#wanted].slice(0, REQUEST_MAX);
    let found: readonly UserPayload[] = [];
    try {
      found = await this.#findUsers(ids);
    } catch {
      // The usernames stay; the next row that needs the names asks again.
    }
    for (const { id, username, displayName = username } of found) this.#names.set(id, displayName);
    for (const id of this.#names.keys()) {
      if (this.#names.size <= NAMES_MAX) break;
      this.#names.delete(id);
    }
    for (const id of ids) this.#wanted.delete(id);
    this.#timer = undefined;
    if (found.length > 0 && this.#wanted.size > 0)
      this.#timer = setTimeout(() => void this.#ask(), DELAY_MS);
    for (const listener of this.#listeners) listener();
  }
}
