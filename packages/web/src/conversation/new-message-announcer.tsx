/**
 * Tells screen readers what others write: one message by its text, several at once
 * as their number, so that a busy room can be borne.
 */
import type { Message } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';

/** News that come within this time are told together. */
const GATHER_MS = 1_000;

export function NewMessageAnnouncer({ messages }: { readonly messages: readonly Message[] }) {
  const { user } = useChat();
  const [announcement, setAnnouncement] = useState('');
  const latest = useRef(messages);
  const toldUpTo = useRef(messages.at(-1)?.sequence ?? 0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    latest.current = messages;
    const tell = (): void => {
      timer.current = undefined;
      const news = latest.current.filter(
        ({ sequence, userId }) => sequence > toldUpTo.current && userId !== user.id,
      );
      toldUpTo.current = latest.current.at(-1)?.sequence ?? 0;
      const [first] = news;
      if (first === undefined) return;
      setAnnouncement(
        news.length === 1
          ? strings.conversation.announceOne(first.sender, first.content)
          : strings.conversation.announceMany(news.length),
      );
    };
    const head = messages.at(-1)?.sequence ?? 0;
    // One timer at a time: messages that keep coming must not put the news off for ever.
    if (head > toldUpTo.current) timer.current ??= setTimeout(tell, GATHER_MS);
  }, [messages, user.id]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div className="visually-hidden" aria-live="polite">
      {announcement}
    </div>
  );
}
