/** The custom emoji of the server: asked for when they are first needed, and followed from then on. */
import {
  type ChatClient,
  type CustomEmoji,
  customEmojiName,
  listCustomEmoji,
} from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { keepRecent } from './recent-emoji.ts';

type Known = ReadonlyMap<string, CustomEmoji>;

class CustomEmojiList {
  readonly #client: ChatClient;
  readonly #listeners = new Set<() => void>();
  #known: Known = new Map();
  #isFollowed = false;
  #asking: Promise<void> = Promise.resolve();

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** By name. */
  readonly known = (): Known => this.#known;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Resolves when the server has answered, or has not. */
  load(): Promise<void> {
    if (!this.#isFollowed) {
      this.#isFollowed = true;
      this.#client.onNotice('custom_emoji_changed', ({ payload: { added, removed } }) => {
        const next = new Map(this.#known);
        if (removed !== undefined) next.delete(removed);
        if (added !== undefined) next.set(added.name, added);
        this.#set([...next.values()]);
      });
      // Changes are missed without a connection.
      atEachConnection(this.#client, () => {
        this.#asking = this.refresh().catch(() => {});
      });
    }
    return this.#asking;
  }

  /** @throws {ChatError} The last list stays. */
  async refresh(): Promise<void> {
    this.#set(await listCustomEmoji(this.#client));
  }

  #set(emoji: readonly CustomEmoji[]): void {
    const sorted = emoji.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#known = new Map(sorted.map((each) => [each.name, each]));
    keepRecent((recent) => {
      const name = customEmojiName(recent);
      return name === undefined || this.#known.has(name);
    });
    for (const listener of [...this.#listeners]) listener();
  }
}

const lists = new WeakMap<ChatClient, CustomEmojiList>();

export function customEmojiOf(client: ChatClient): CustomEmojiList {
  const list = lists.get(client) ?? new CustomEmojiList(client);
  lists.set(client, list);
  return list;
}

/** All, by name. */
export function useCustomEmoji(): Known {
  const list = customEmojiOf(useChat().client);
  useEffect(() => void list.load(), [list]);
  return useSyncExternalStore(list.subscribe, list.known);
}

/** Those whose names begin with a text, then those that have it elsewhere, as `:name:`. */
export function findCustomEmoji(known: Known, written: string): readonly string[] {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[\s:_-]+/g, ' ')
      .trim();
  const wanted = plain(written);
  const found = [...known.keys()].filter((name) => plain(name).includes(wanted));
  const rank = (name: string): number => Number(!plain(name).startsWith(wanted));
  return found.sort((a, b) => rank(a) - rank(b)).map((name) => `:${name}:`);
}
