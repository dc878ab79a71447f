/**
 * Announces new messages of others to screen readers: one message by its text, several as
 * a count, so that a busy room stays usable.
 */
import { type Message, toPlainText } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { shownText } from '../files/shown-text.ts';
import { fullName } from '../people/full-name.ts';
import { mentionText } from '../people/mentions.ts';
import { listStrings } from '../strings/list.ts';

/** Messages that arrive within this time are announced together. */
const GATHER_MS = 1_000;

export function NewMessageAnnouncer({ messages }: { readonly messages: readonly Message[] }) {
  const chat = useChat();
  const { blocks, client, user } = chat;
  const [announcement, setAnnouncement] = useState('');
  const latest = useRef(messages);
  const toldUpTo = useRef(messages.at(-1)?.sequence ?? 0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    latest.current = messages;
    const nameOf = ({ userId, sender }: Message): string =>
      fullName(client.getSnapshot().presence.get(userId), sender);
    const tell = (): void => {
      timer.current = undefined;
      const last = latest.current.findLastIndex(({ sequence }) => sequence <= toldUpTo.current);
      const news = latest.current.slice(last + 1).filter(({ userId }) => userId !== user.id);
      toldUpTo.current = latest.current.at(-1)?.sequence ?? 0;
      const [first] = news;
      if (first === undefined) return;
      setAnnouncement(
        news.length === 1 && !blocks.has(first.userId)
          ? listStrings.announceOne(
              nameOf(first),
              toPlainText(shownText(first), (username) => mentionText(chat, username)),
            )
          : listStrings.announceMany(news.length),
      );
    };
    const head = messages.at(-1)?.sequence ?? 0;
    // One timer at a time: a steady stream of messages must not delay the announcement
    // forever.
    if (head > toldUpTo.current) timer.current ??= setTimeout(tell, GATHER_MS);
  }, [chat, blocks, client, messages, user.id]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div className="visually-hidden" aria-live="polite">
      {announcement}
    </div>
  );
}
