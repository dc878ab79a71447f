/** Names of users as the page shows them: the display name, as soon as it is known. */
import type { UserId } from '@parley/client';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { useChat } from '../hooks/chat-context.ts';

export interface NamedUser {
  // Timelines name users by plain texts.
  readonly userId: string;
  /** Shown until the display name is known; without it, the user is left out until then. */
  readonly username?: string | undefined;
}

const NONE: readonly NamedUser[] = [];

/** In the order of the users. */
export function useShownNames(users: readonly NamedUser[]): readonly string[] {
  const { client, names, subscribe } = useChat();
  const subscribeBoth = useCallback(
    (listener: () => void) => {
      const ends = [subscribe(listener), names.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [subscribe, names],
  );
  // Presence is current; without it, the server is asked once.
  const nameOf = ({ userId, username }: NamedUser): string | undefined => {
    const known = client.getSnapshot().presence.get(userId as UserId);
    return (known && (known.displayName ?? username)) ?? names.get(userId as UserId);
  };
  // Texts, so that an unchanged list renders nothing; names have no line breaks.
  const shown = useSyncExternalStore(subscribeBoth, () =>
    users.flatMap((user) => nameOf(user) ?? user.username ?? []).join('\n'),
  );
  const unknown = users.flatMap((user) => (nameOf(user) === undefined ? user.userId : [])).join();
  useEffect(() => {
    for (const userId of unknown.split(',')) if (userId !== '') names.want(userId as UserId);
  }, [names, unknown]);
  return shown === '' ? [] : shown.split('\n');
}

export function useShownName(userId: string | undefined, username: string): string {
  const [name] = useShownNames(userId === undefined ? NONE : [{ userId, username }]);
  return name ?? username;
}

export interface ShownNameProps {
  readonly userId: string | undefined;
  readonly username: string;
}

export function ShownName({ userId, username }: ShownNameProps): string {
  return useShownName(userId, username);
}
