/** Names of users as the page shows them: the display name, as soon as it is known. */
import type { UserId } from '@parley/client';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { type Chat, useChat } from '../chat-context.ts';
import { keyOfUsername, type NameKey } from './display-names.ts';
import { fullName } from './full-name.ts';

export interface NamedUser {
  // Timelines name users by plain texts. Mentions have only the username.
  readonly userId?: string | undefined;
  /** Shown until the display name is known; without it, the user is left out until then. */
  readonly username?: string | undefined;
}

/** Addresses of files of this server. */
const FILES = '/api/files/';
const NONE: readonly NamedUser[] = [];

/** In the order of the users. */
export function useShownNames(users: readonly NamedUser[]): readonly string[] {
  const chat = useChat();
  const { names } = chat;
  const subscribeBoth = useSubscribeBoth(chat);
  // Texts, so that an unchanged list renders nothing; names have no line breaks.
  const shown = useSyncExternalStore(subscribeBoth, () =>
    users.flatMap((user) => knownName(chat, user) ?? user.username ?? []).join('\n'),
  );
  const wanted = users.flatMap((user) => (isPresent(chat, user) ? [] : keyOf(user))).join();
  useEffect(() => {
    for (const key of wanted.split(',')) if (key !== '') names.want(key as NameKey);
  }, [names, wanted]);
  return shown === '' ? [] : shown.split('\n');
}

/** To the state, and to the names that are asked for. */
function useSubscribeBoth({ names, subscribe }: Chat): (listener: () => void) => () => void {
  return useCallback(
    (listener) => {
      const ends = [subscribe(listener), names.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [subscribe, names],
  );
}

/** Whether a program writes for the user. As their name, it is known once the server was asked. */
export function useIsBot(userId: string): boolean {
  const chat = useChat();
  return useSyncExternalStore(useSubscribeBoth(chat), () => {
    const id = userId as UserId;
    return chat.client.getSnapshot().presence.get(id)?.isBot ?? chat.names.isBot(id);
  });
}

/** The picture of a user on this server; undefined for none, and until the server was asked. */
export function useAvatarUrl(userId: string): string | undefined {
  const chat = useChat();
  const { client, names } = chat;
  const id = userId as UserId;
  const isKnown = useSyncExternalStore(chat.subscribe, () => isPresent(chat, { userId }));
  useEffect(() => {
    if (!isKnown && id !== '') names.want(id);
  }, [names, id, isKnown]);
  return useSyncExternalStore(useSubscribeBoth(chat), () => {
    const known = client.getSnapshot().presence.get(id);
    const url = known === undefined ? names.avatarUrlOf(id) : known.avatarUrl;
    // Pictures elsewhere are not loaded: their servers would learn who reads what.
    return url?.startsWith(FILES) ? url : undefined;
  });
}

function isPresent({ client }: Chat, { userId }: NamedUser): boolean {
  return userId !== undefined && client.getSnapshot().presence.has(userId as UserId);
}

/** Presence is current; without it, the server is asked once. */
export function knownName(
  { client, names }: Pick<Chat, 'client' | 'names'>,
  { userId, username }: NamedUser,
): string | undefined {
  const id = (userId ?? (username && names.idOf(username))) as UserId | undefined;
  if (id === undefined) return undefined;
  const known = client.getSnapshot().presence.get(id);
  if (known !== undefined && username !== undefined) return fullName(known, username);
  // A name that others show too needs the username.
  return (known?.nameShared ? undefined : known?.displayName) ?? names.get(id);
}

function keyOf({ userId, username = '' }: NamedUser): string {
  return userId ?? keyOfUsername(username);
}

export function useShownName(userId: string | undefined, username: string): string {
  const [name] = useShownNames(userId === undefined ? NONE : [{ userId, username }]);
  return name ?? username;
}

interface ShownNameProps {
  readonly userId: string | undefined;
  readonly username: string;
}

export function ShownName({ userId, username }: ShownNameProps): string {
  return useShownName(userId, username);
}
