/** A room of a shared connection: subscribed while mounted, with its current view. */
import type { RoomId } from '@parley/protocol';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { EMPTY_FLAT_SNAPSHOT, type FlatSnapshot } from '../core/subscriptions/flat-snapshot.ts';
import type { SubscriptionClient } from '../core/subscriptions/subscription-client.ts';

export interface UseRoomOptions<View> {
  readonly roomId: RoomId | undefined;
  /** Whether the connection is wanted without a room. */
  readonly isWanted: boolean;
  /** Creates a selector that returns the same view until something in it changes. */
  readonly viewer: (roomId: RoomId | undefined) => (snapshot: FlatSnapshot) => View;
}

export function useRoom<View>(
  client: SubscriptionClient,
  { roomId, isWanted, viewer }: UseRoomOptions<View>,
): View {
  const look = useMemo(() => viewer(roomId), [viewer, roomId]);
  const view = useSyncExternalStore(
    client.subscribe,
    () => look(client.getSnapshot()),
    () => look(EMPTY_FLAT_SNAPSHOT),
  );
  useEffect(() => (isWanted ? client.acquire(roomId) : undefined), [client, roomId, isWanted]);
  return view;
}
