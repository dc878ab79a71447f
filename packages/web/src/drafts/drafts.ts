/** Unsent texts of one user, per room; they survive a reload, and all tabs share them. */
import type { UserId } from '@parley/client';
import {
  browserStorage,
  type DraftEntries,
  type DraftKey,
  type DraftStorage,
  type EditPlace,
  type FilesKey,
  readDrafts,
  STORED_DRAFT_LENGTH_MAX,
  storeDrafts,
} from './draft-storage.ts';

/** Maximum number of drafts kept; above it the least recently changed one is removed. */
export const DRAFTS_MAX = 200;

/** @param removed The drafts that another tab has sent or discarded. */
type DraftsListener = (removed: readonly DraftKey[]) => void;

export class Drafts {
  readonly #userId: UserId;
  readonly #storage: DraftStorage;
  #texts: Map<DraftKey, string>;
  #isEnded = false;
  /** Immutable; replaced by each change. */
  #entries: DraftEntries;
  readonly #listeners = new Set<DraftsListener>();

  constructor(userId: UserId, storage: DraftStorage = browserStorage) {
    this.#userId = userId;
    this.#storage = storage;
    this.#texts = new Map(readDrafts(userId, storage));
    this.#entries = [...this.#texts];
  }

  /** All drafts, the last changed one last; the same array until one changes. */
  readonly entries = (): DraftEntries => this.#entries;

  /** Returns a function that ends the subscription. */
  readonly subscribe = (listener: DraftsListener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads again what another tab may have written. */
  reload(): void {
    if (this.#isEnded) return;
    // Those that are too long for the storage are only here.
    const own = this.#entries.filter(([, text]) => text.length > STORED_DRAFT_LENGTH_MAX);
    const before = this.#texts;
    this.#texts = new Map([...readDrafts(this.#userId, this.#storage), ...own]);
    this.#report([...before.keys()].filter((key) => !this.#texts.has(key)));
  }

  read(key: DraftKey): string {
    return this.#texts.get(key) ?? '';
  }

  /** Key of the message whose edit in this place was changed last; undefined if there is none. */
  editedIn(place: EditPlace): string | undefined {
    const prefix = editKey(place, '');
    const found = this.#entries.findLast(([key]) => key.startsWith(prefix));
    return found?.[0].slice(prefix.length);
  }

  /** Removes the draft with this text, which was sent or deleted: not what another tab has typed since. */
  clear(key: DraftKey, text: string): void {
    if (this.read(key) === text) this.write(key, '');
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

  /** The user is here again. */
  begin(): void {
    this.#isEnded = false;
  }

  /**
   * Removes all drafts of the user: until `begin`, a message box that is still on the page cannot store
   * its text again.
   */
  end(): void {
    this.#isEnded = true;
    this.#texts.clear();
    this.#store();
  }

  #store(): void {
    this.#report();
    storeDrafts(this.#userId, this.#entries, this.#storage);
  }

  #report(removed: readonly DraftKey[] = []): void {
    this.#entries = [...this.#texts];
    for (const listener of this.#listeners) listener(removed);
  }
}

/** The draft of the files beside a text. */
export function filesKey(key: DraftKey): FilesKey {
  return `files/${key}`;
}

/** Keys of what is not sent, the last changed first: a text and its files are one draft. */
export function draftKeys(entries: DraftEntries): DraftKey[] {
  const kept = entries
    .filter(([key, text]) => text.trim() !== '' && !key.startsWith('reply/'))
    .toReversed();
  return [...new Set(kept.map(([key]) => key.replace(/^files\//, '') as DraftKey))];
}

export function editKey(place: EditPlace, messageKey: string): DraftKey {
  return `edit/${place}/${messageKey}`;
}
