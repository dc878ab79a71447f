/** Mentions as the page shows them: with the display name, as soon as it is known. */
import { findMentions, mentionNames, toPlainText } from '@parley/client';
import { useMemo, useSyncExternalStore } from 'react';
import { type Chat, useChat } from '../chat-context.ts';
import { knownName, useShownNames } from './use-shown-name.ts';

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
    .filter((each) => each !== 'everyone' && each !== 'here')
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
