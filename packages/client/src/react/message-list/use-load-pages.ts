/**
 * Moves the window when the user scrolls near one of its ends. At the first message that the
 * client holds, the previous page is loaded.
 */
import { useEffect } from 'react';
import { canLoadOlder } from '../../core/rooms/rooms.ts';
import { WINDOW_MAX } from './held-window.ts';
import { type MessageListClient, selectIsConnected, useClientState } from './list-client.ts';
import type { HeldWindowView } from './use-held-window.ts';
import type { ListSource } from './use-list-source.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

/** Distance from an end at which the next messages are added: about one screen. */
const NEAR_END_PX = 800;
/** Time until a newer page that failed is asked for again; the user retries an older one. */
const RETRY_MS = 2_000;

interface LoadPagesInput {
  readonly client: MessageListClient;
  readonly virtualizer: ListVirtualizer;
  readonly source: ListSource;
  readonly view: HeldWindowView;
  /** The list is on its way to a message: nothing is added until it is shown. */
  readonly isHeld: boolean;
}

export function useLoadPages({ client, virtualizer, source, view, isHeld }: LoadPagesInput): void {
  const { room, hasNewer, loadOlder, loadNewer } = source;
  const { isAtStart, isAtHeldEnd, messages, widenBefore, widenAfter, cutGrown, cutEnd } = view;
  const isConnected = useClientState(client, selectIsConnected);
  const isFree = isConnected && !isHeld;
  const canLoad = isFree && room.olderPages === 'idle';
  // Until the list is measured, its scroll position is unknown.
  const height = virtualizer.scrollRect?.height ?? 0;
  const top = virtualizer.scrollOffset ?? 0;
  const isNearTop = height > 0 && top < NEAR_END_PX;
  const isNearEnd = height > 0 && virtualizer.getTotalSize() - top - height < NEAR_END_PX;
  const first = messages[0]?.sequence;
  const last = messages.at(-1)?.sequence;
  const isWanted = canLoad && isNearTop && isAtStart && canLoadOlder(room);
  const isNewerNear = isNearEnd && isAtHeldEnd && hasNewer;
  const isNewerWanted = canLoad && isNewerNear;
  const isRetryWanted = isFree && isNewerNear && room.olderPages === 'failed';
  useEffect(() => {
    if (isWanted) loadOlder();
    else if (isNewerWanted) loadNewer();
  }, [isWanted, isNewerWanted, loadOlder, loadNewer]);
  useEffect(() => {
    if (!isRetryWanted) return;
    const timer = setTimeout(loadNewer, RETRY_MS);
    return () => clearTimeout(timer);
  }, [isRetryWanted, loadNewer]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step moves a bound, and one may not be enough
  useEffect(() => {
    if (isNearTop && !isAtStart) widenBefore();
    else if (isNearEnd && !isAtHeldEnd) widenAfter();
  }, [isNearTop, isNearEnd, isAtStart, isAtHeldEnd, first, last, widenBefore, widenAfter]);
  // New messages make the window longer, whatever the user reads.
  const isTooLong = messages.length > WINDOW_MAX;
  useEffect(() => {
    if (!isTooLong) return;
    if (isNearTop) cutEnd();
    else cutGrown();
  }, [isTooLong, isNearTop, cutEnd, cutGrown]);
}
