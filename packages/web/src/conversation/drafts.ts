/** Unsent texts of one user, per room; they survive a reload of the tab. */
import type { UserId } from '@parley/client';
import {
  type DraftKey,
  readDrafts,
  storeDrafts,
  type TabStorage,
  tabStorage,
} from './draft-storage.ts';

/** Maximum number of drafts kept; above it the least recently changed one is removed. */
export const DRAFTS_MAX = 200;

export class Drafts {
  readonly #userId: UserId;
  readonly #storage: TabStorage;
  readonly #strings: Map<DraftKey, string>;

  constructor(userId: UserId, storage: TabStorage = tabStorage) {
    this.#userId = userId;
    this.#storage = storage;
    this.#strings = new Map(readDrafts(userId, storage));
  }

  read(key: DraftKey): string {
    return this.#strings.get(key) ?? '';
  }

  write(key: DraftKey, text: string): void {
    // Delete first, so that the entry moves to the end of the map.
    this.#strings.delete(key);
    if (text !== '') this.#strings.set(key, text);
    const [oldest] = this.#strings.keys();
    if (this.#strings.size > DRAFTS_MAX && oldest !== undefined) this.#strings.delete(oldest);
    this.#store();
  }

  /** Removes all drafts of the user. */
  clear(): void {
    this.#strings.clear();
    this.#store();
  }

  #store(): void {
    storeDrafts(this.#userId, [...this.#strings], this.#storage);
  }
}
