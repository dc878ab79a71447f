/** Title of the page: unread count and the name of what is open. */
import type { ClientSnapshot, UserPayload } from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import type { Chat } from '../chat-context.ts';
import { callCounts, totalOf } from '../notifications/call-counts.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import type { Route } from '../route.ts';
import { useServer } from '../server-profile.ts';

export function usePageTitle({ client, subscribe, user }: Chat, route: Route): void {
  const { shownName } = useServer();
  const title = useSyncExternalStore(subscribe, () => {
    const snapshot = client.getSnapshot();
    return titleOf(snapshot, { name: nameOf(snapshot, route), server: shownName, user });
  });
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    return () => {
      document.title = shownName;
    };
  }, [shownName]);
}

function nameOf(snapshot: ClientSnapshot, route: Route): string | undefined {
  return route.kind === 'room' ? shownRoomName(snapshot, route.roomId) : undefined;
}

function titleOf(
  snapshot: ClientSnapshot,
  {
    name,
    server,
    user,
  }: {
    readonly name: string | undefined;
    readonly server: string;
    readonly user: UserPayload;
  },
): string {
  const title = name === undefined ? server : `${name} · ${server}`;
  const calls = totalOf(callCounts(snapshot, user));
  return calls === 0 ? title : `(${calls}) ${title}`;
}
