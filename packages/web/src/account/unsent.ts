/** Drafts and unsent messages, which a logout deletes from this browser. */
import type { Chat } from '../hooks/chat-context.ts';

interface Unsent {
  readonly messages: number;
  readonly drafts: number;
}

export function unsentOf({ client, drafts }: Pick<Chat, 'client' | 'drafts'>): Unsent {
  return {
    messages: client.getSnapshot().outbox.length,
    drafts: drafts.entries().filter(([, text]) => text.trim() !== '').length,
  };
}
