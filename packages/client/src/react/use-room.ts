/** A room of a shared connection: subscribed while mounted, with its current view. */
import type { ClientMessageId, RoomId } from '@parley/protocol';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { FlatClient } from '../core/flat/flat-client.ts';
import { type ClientSnapshot, EMPTY_SNAPSHOT } from '../core/snapshot.ts';

interface UseRoomOptions<View> {
  readonly roomId: RoomId | undefined;
  /** Whether the connection is wanted without a room. */
  readonly isWanted: boolean;
  /** Creates a selector that returns the same view until something in it changes. */
  readonly viewer: (roomId: RoomId | undefined) => (snapshot: ClientSnapshot) => View;
}

export function useRoom<View>(
  client: FlatClient,
  { roomId, isWanted, viewer }: UseRoomOptions<View>,
): View {
  const look = useMemo(() => viewer(roomId), [viewer, roomId]);
  const view = useSyncExternalStore(
    client.subscribe,
    () => look(client.getSnapshot()),
    () => look(EMPTY_SNAPSHOT),
  );
  useEffect(() => (isWanted ? client.acquire(roomId) : undefined), [client, roomId, isWanted]);
  return view;
}

/** The actions that the hooks of both dialects have. */
export function actionsOf(client: FlatClient, roomId: RoomId | undefined) {
  return {
    retryMessage: (id: ClientMessageId) => client.retry(id),
    discardMessage: (id: ClientMessageId) => client.discard(id),
    fetchHistory: async () => {
      if (roomId !== undefined) await client.history.loadOlder(roomId);
    },
    reconnect: () => client.reconnect(),
    startOver: () => client.startOver(),
  };
}

/** @param key The room, or a person. */
export function reportTyping(client: FlatClient, key: RoomId, isTyping: boolean): void {
  if (isTyping) client.type(key);
  else client.stopTyping();
}
