/** The scheduled messages of the user: loaded with each connection, and after each change on any device. */
import { type ChatClient, listScheduled, type ScheduledMessage } from '@parley/client';
import { useSyncExternalStore } from 'react';
import { useChat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';

type List = readonly ScheduledMessage[] | undefined;

interface Loaded {
  readonly read: () => List;
  readonly subscribe: (listener: () => void) => () => void;
}

const LISTS = new WeakMap<object, Loaded>();

/** Undefined until they are loaded. */
export function useScheduled(): List {
  const { client } = useChat();
  const { subscribe, read } = listOf(client);
  return useSyncExternalStore(subscribe, read);
}

function listOf(client: ChatClient): Loaded {
  const known = LISTS.get(client);
  if (known !== undefined) return known;
  let list: List;
  let isLoading = false;
  let isOutdated = false;
  const listeners = new Set<() => void>();
  const load = async (): Promise<void> => {
    // Many changes at once, such as all those of 9:00, are few requests.
    isOutdated = isLoading;
    if (isLoading) return;
    isLoading = true;
    try {
      list = await listScheduled(client);
      for (const listener of listeners) listener();
    } catch {
      // Loaded with the next connection.
    }
    isLoading = false;
    if (isOutdated) await load();
  };
  atEachConnection(client, () => void load());
  client.onNotice('scheduled_changed', () => void load());
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const loaded = { read: () => list, subscribe };
  LISTS.set(client, loaded);
  return loaded;
}
