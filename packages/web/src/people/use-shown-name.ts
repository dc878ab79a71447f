/** Names of users as the page shows them: the display name, as soon as it is known. */
import { findMentions, mentionNames, toPlainText, type UserId } from '@parley/client';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { type Chat, useChat } from '../hooks/chat-context.ts';
import { keyOfUsername, type NameKey } from './display-names.ts';
import { fullName } from './full-name.ts';

export interface NamedUser {
  // Timelines name users by plain texts. Mentions have only the username.
  readonly userId?: string | undefined;
  /** Shown until the display name is known; without it, the user is left out until then. */
  readonly username?: string | undefined;
}

const NONE: readonly NamedUser[] = [];

/** In the order of the users. */
export function useShownNames(users: readonly NamedUser[]): readonly string[] {
  const chat = useChat();
  const { names, subscribe } = chat;
  const subscribeBoth = useCallback(
    (listener: () => void) => {
      const ends = [subscribe(listener), names.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [subscribe, names],
  );
  // Texts, so that an unchanged list renders nothing; names have no line breaks.
  const shown = useSyncExternalStore(subscribeBoth, () =>
    users.flatMap((user) => knownName(chat, user) ?? user.username ?? []).join('\n'),
  );
  const unknown = users
    .flatMap((user) => (knownName(chat, user) === undefined ? keyOf(user) : []))
    .join();
  useEffect(() => {
    for (const key of unknown.split(',')) if (key !== '') names.want(key as NameKey);
  }, [names, unknown]);
  return shown === '' ? [] : shown.split('\n');
}

/** Presence is current; without it, the server is asked once. */
function knownName({ client, names }: Chat, { userId, username }: NamedUser): string | undefined {
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

/** The username that a mention means, as far as names are known. */
function meantName({ names, user }: Chat, name: string): string {
  const candidates = mentionNames(name);
  const isUser = (each: string): boolean =>
    isSame(each, user.username) || names.idOf(each) !== undefined;
  return candidates.find(isUser) ?? candidates.at(-1) ?? name;
}

/** Text of a mention: with the display name, as far as it is known. */
export function mentionText(chat: Chat, name: string): string | undefined {
  const username = meantName(chat, name);
  const shown = knownName(chat, { username });
  return shown === undefined || isSame(shown, username)
    ? undefined
    : `@${shown}${name.slice(username.length)}`;
}

/** The username that a mention means, and its display name if that is another one. Asks for names that are not known. */
export function useMention(name: string): { readonly username: string; readonly shown?: string } {
  const chat = useChat();
  const username = useSyncExternalStore(chat.names.subscribe, () => meantName(chat, name));
  const users = mentionNames(name)
    .filter((each) => each !== 'everyone')
    .map((each) => ({ username: each }));
  const shown = useShownNames(users)[users.findIndex((each) => each.username === username)];
  return shown === undefined || isSame(shown, username) ? { username } : { username, shown };
}

function isSame(name: string, username: string): boolean {
  return name.toLowerCase() === username.toLowerCase();
}

/** A message as one line, in which mentions have display names. */
export function PlainText({ text }: { readonly text: string }): string {
  const chat = useChat();
  const usernames = useMemo(
    () => findMentions(text).names.flatMap((name) => mentionNames(name)),
    [text],
  );
  const names = useShownNames(usernames.map((username) => ({ username })));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names are those of the mentions
  return useMemo(
    () => toPlainText(text, (username) => mentionText(chat, username)),
    [chat, text, names.join('\n')],
  );
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
