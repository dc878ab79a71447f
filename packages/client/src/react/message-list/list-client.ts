/** The part of a client that a message list uses, and selections of its state. */
import { useContext, useMemo, useSyncExternalStore } from 'react';
import type { CoreClient } from '../../core/core-client.ts';
import type { ClientSnapshot } from '../../core/snapshot.ts';
import { keepEqual, ParleyContext } from '../parley-state.ts';

/** A client, or its functions with another `subscribe`, such as one per animation frame. */
export type MessageListClient = Pick<
  CoreClient,
  'getSnapshot' | 'subscribe' | 'loadOlder' | 'openWindow' | 'markRead'
>;

/** @throws {Error} without a client and without a `ParleyProvider` that has one. */
export function useListClient(given: MessageListClient | undefined): MessageListClient {
  const parley = useContext(ParleyContext);
  const client = given ?? parley?.client;
  if (client === undefined) throw new Error('A message list needs a ParleyProvider or a client');
  return client;
}

/** Pass a function that stays the same, or keep it with `useCallback`. */
export function useClientState<Value>(
  { getSnapshot, subscribe }: MessageListClient,
  select: (snapshot: ClientSnapshot) => Value,
): Value {
  const look = useMemo(() => keepEqual(getSnapshot, select), [getSnapshot, select]);
  return useSyncExternalStore(subscribe, look, look);
}

export const selectIsConnected = ({ connection }: ClientSnapshot): boolean =>
  connection.kind === 'open';
