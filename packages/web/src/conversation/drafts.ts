/** Unsent texts of one user, per room; they survive a reload, and all tabs share them. */
import type { UserId } from '@parley/client';
import {
  browserStorage,
  type DraftKey,
  type DraftStorage,
  readDrafts,
  storeDrafts,
} from './draft-storage.ts';

/** Maximum number of drafts kept; above it the least recently changed one is removed. */
export const DRAFTS_MAX = 200;

export class Drafts {
  readonly #userId: UserId;
  readonly #storage: DraftStorage;
  #texts: Map<DraftKey, string>;
  #isEnded = false;

  constructor(userId: UserId, storage: DraftStorage = browserStorage) {
    this.#userId = userId;
    this.#storage = storage;
    this.#texts = new Map(readDrafts(userId, storage));
  }

  /** Reads again what another tab may have written. */
  reload(): void {
    if (!this.#isEnded) this.#texts = new Map(readDrafts(this.#userId, this.#storage));
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
