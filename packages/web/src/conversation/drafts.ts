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
  readonly #texts: Map<DraftKey, string>;
  #isEnded = false;

  constructor(userId: UserId, storage: TabStorage = tabStorage) {
    this.#userId = userId;
    this.#storage = storage;
    this.#texts = new Map(readDrafts(userId, storage));
  }

  read(key: DraftKey): string {
    return this.#texts.get(key) ?? '';
  }

  write(key: DraftKey, text: string): void {
    if (this.#isEnded) return;
    // Delete first, so that the entry moves to the end of the map.
    this.#texts.delete(key);
    if (text !== '') this.#texts.set(key, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > DRAFTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
    this.#store();
  }

  /**
   * Removes all drafts of the user, for good: a message box that is still on the page cannot
   * store its text again.
   */
  end(): void {
    this.#isEnded = true;
    this.#texts.clear();
    this.#store();
  }

  #store(): void {
    storeDrafts(this.#userId, [...this.#texts], this.#storage);
  }
}
