/** What one person has written but not sent, per room; it outlives a reload of the tab. */
import type { UserId } from '@parley/client';
import {
  type DraftKey,
  readDrafts,
  storeDrafts,
  type TabStorage,
  tabStorage,
} from './draft-storage.ts';

/** Rooms whose drafts are kept; above it the one that was touched longest ago goes. */
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
    // Taken out first, so that it moves to the end of the map's order.
    this.#strings.delete(key);
    if (text !== '') this.#strings.set(key, text);
    const [oldest] = this.#strings.keys();
    if (this.#strings.size > DRAFTS_MAX && oldest !== undefined) this.#strings.delete(oldest);
    this.#store();
  }

  /** Nothing of the person stays. */
  clear(): void {
    this.#strings.clear();
    this.#store();
  }

  #store(): void {
    storeDrafts(this.#userId, [...this.#strings], this.#storage);
  }
}
