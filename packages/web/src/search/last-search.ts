/**
 * The last search of each client, in the memory of this page: results stay when the user returns from a
 * message. It is not in the address, which would name to servers and proxies what people look for.
 */
import type { ChatClient } from '@parley/client';

export interface LastSearch {
  readonly text: string;
  readonly sort: 'relevance' | 'newest';
}

const NONE: LastSearch = { text: '', sort: 'relevance' };
const searches = new WeakMap<ChatClient, LastSearch>();

export function lastSearch(client: ChatClient): LastSearch {
  return searches.get(client) ?? NONE;
}

export function keepSearch(client: ChatClient, search: LastSearch): void {
  searches.set(client, search);
}
