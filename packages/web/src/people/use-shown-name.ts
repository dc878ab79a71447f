/** The name of a user as the page shows it: the display name, as soon as it is known. */
import type { UserId } from '@parley/client';
import { useEffect, useSyncExternalStore } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';

export function useShownName(id: string | undefined, username: string): string {
  // Timelines name users by plain texts.
  const userId = id as UserId | undefined;
  const { names } = useChat();
  // Presence is current; without it, the server is asked once.
  const live = useSnapshot(({ presence }) => {
    const known = userId === undefined ? undefined : presence.get(userId);
    return known && (known.displayName ?? username);
  });
  const asked = useSyncExternalStore(names.subscribe, () => userId && names.get(userId));
  const isUnknown = live === undefined;
  useEffect(() => {
    if (isUnknown && userId !== undefined) names.want(userId);
  }, [names, userId, isUnknown]);
  return live ?? asked ?? username;
}

export interface ShownNameProps {
  readonly userId: string | undefined;
  readonly username: string;
}

export function ShownName({ userId, username }: ShownNameProps): string {
  return useShownName(userId, username);
}
