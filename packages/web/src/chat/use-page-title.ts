/** Title of the page: unread count and the name of what is open. */
import type { ClientSnapshot, UserPayload } from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import type { Chat } from '../hooks/chat-context.ts';
import { callCounts, totalOf } from '../notifications/call-counts.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import type { Route } from '../route.ts';
import { strings } from '../strings/strings.ts';

export function usePageTitle({ client, subscribe, user }: Chat, route: Route): void {
  const title = useSyncExternalStore(subscribe, () => titleOf(client.getSnapshot(), route, user));
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    return () => {
      document.title = strings.product;
    };
  }, []);
}

function titleOf(snapshot: ClientSnapshot, route: Route, self: UserPayload): string {
  const name = route.kind === 'room' ? shownRoomName(snapshot, route.roomId) : undefined;
  const title = name === undefined ? strings.product : `${name} · ${strings.product}`;
  const calls = totalOf(callCounts(snapshot, self));
  return calls === 0 ? title : `(${calls}) ${title}`;
}
