/** Title of the page: unread count and the name of what is open. */
import type { ClientSnapshot, UserPayload } from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import type { Chat } from '../hooks/chat-context.ts';
import { callCounts, totalOf } from '../notifications/call-counts.ts';
import type { Route } from '../route.ts';
import { strings } from '../strings.ts';

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
  const room = route.kind === 'room' ? snapshot.rooms.get(route.roomId) : undefined;
  const name = room?.kind === 'open' || room?.kind === 'closed' ? room.name : undefined;
  const title = name === undefined ? strings.product : `${name} · ${strings.product}`;
  const calls = totalOf(callCounts(snapshot, self));
  return calls === 0 ? title : `(${calls}) ${title}`;
}
