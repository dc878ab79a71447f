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
  readonly #texts: Map<DraftKey, string>;

  constructor(userId: UserId, storage: TabStorage = tabStorage) {
    this.#userId = userId;
    this.#storage = storage;
    this.#texts = new Map(readDrafts(userId, storage));
  }

  read(key: DraftKey): string {
    return this.#texts.get(key) ?? '';
  }

  write(key: DraftKey, text: string): void {
    // Taken out first, so that it moves to the end of the map's order.
    this.#texts.delete(key);
    if (text !== '') this.#texts.set(key, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > DRAFTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
    this.#store();
  }

  /** Nothing of the person stays. */
  clear(): void {
    this.#texts.clear();
    this.#store();
  }

  #store(): void {
    storeDrafts(this.#userId, [...this.#texts], this.#storage);
  }
}
