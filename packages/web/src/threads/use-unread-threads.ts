/**
 * The number of followed threads with unread replies: loaded with each connection, and reported by the
 * server after each change on any device.
 */
import { type ChatClient, listThreads } from '@parley/client';
import { useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';

interface Threads {
  /** The user follows threads. */
  readonly hasAny: boolean;
  readonly unreadThreads: number;
}

interface Known {
  readonly read: () => Threads;
  readonly subscribe: (listener: () => void) => () => void;
}

const NONE: Threads = Object.freeze({ hasAny: false, unreadThreads: 0 });
const KNOWN = new WeakMap<object, Known>();

export function useUnreadThreads(): Threads {
  const { client } = useChat();
  const { subscribe, read } = knownOf(client);
  return useSyncExternalStore(subscribe, read);
}

function knownOf(client: ChatClient): Known {
  const known = KNOWN.get(client);
  if (known !== undefined) return known;
  let threads = NONE;
  /** Of the answers and reports, by which an older one is recognised. */
  let version = 0;
  const listeners = new Set<() => void>();
  const take = (next: Threads): void => {
    version += 1;
    threads = next;
    for (const listener of listeners) listener();
  };
  const load = async (): Promise<void> => {
    const before = version;
    try {
      const { threads: some, unreadThreads } = await listThreads(client, { limit: 1 });
      if (version === before) take({ hasAny: some.length > 0, unreadThreads });
    } catch {
      // Loaded with the next connection.
    }
  };
  atEachConnection(client, () => void load());
  client.onNotice('thread_changed', ({ payload: { following, unreadThreads } }) => {
    take({ hasAny: threads.hasAny || following, unreadThreads });
  });
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const added = { read: () => threads, subscribe };
  KNOWN.set(client, added);
  return added;
}
