/** A room of a shared connection: held while mounted, and seen as it is now. */
import type { RoomId } from '@parley/protocol';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { FlatMessage } from '../core/subscriptions/flat-dialect.ts';
import { EMPTY_FLAT_SNAPSHOT, type FlatSnapshot } from '../core/subscriptions/room-state.ts';
import type { SubscriptionClient } from '../core/subscriptions/subscription-client.ts';

export interface UseRoomOptions<M, View> {
  readonly roomId: RoomId | undefined;
  /** Whether the connection is wanted where there is no room. */
  readonly isWanted: boolean;
  /** Makes the function that gives the same view until something of it changes. */
  readonly viewer: (roomId: RoomId | undefined) => (snapshot: FlatSnapshot<M>) => View;
}

export function useRoom<M extends FlatMessage, View>(
  client: SubscriptionClient<M>,
  { roomId, isWanted, viewer }: UseRoomOptions<M, View>,
): View {
  const look = useMemo(() => viewer(roomId), [viewer, roomId]);
  const view = useSyncExternalStore(
    client.subscribe,
    () => look(client.getSnapshot()),
    () => look(EMPTY_FLAT_SNAPSHOT),
  );
  useEffect(() => (isWanted ? client.hold(roomId) : undefined), [client, roomId, isWanted]);
  return view;
}
