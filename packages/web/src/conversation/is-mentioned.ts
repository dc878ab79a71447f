/** Whether a message calls this user. */
import { mentionGrammar, mentions, type TimelineMessage } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';

interface Self {
  readonly id: string;
  readonly username: string;
  /** Handles of the user's groups. */
  readonly groups?: readonly string[];
}

/** Another user's message that calls this user. */
export function isMentioned({ content, userId }: TimelineMessage, self: Self): boolean {
  return userId !== self.id && mentions(content, self);
}

/** Decides again when the grammar is loaded, which knows code and addresses. */
export function useIsMentioned(message: TimelineMessage): boolean {
  const { user } = useChat();
  const [, setHasGrammar] = useState(false);
  const mayMention = message.content.includes('@');
  useEffect(() => {
    if (mayMention) void mentionGrammar.then(() => setHasGrammar(true));
  }, [mayMention]);
  return isMentioned(message, user);
}
