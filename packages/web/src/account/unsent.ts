/** Drafts and unsent messages, which a logout deletes from this browser. */
import type { Chat } from '../chat-context.ts';
import { draftKeys } from '../drafts/drafts.ts';

interface Unsent {
  readonly messages: number;
  readonly drafts: number;
}

export function unsentOf({ client, drafts }: Pick<Chat, 'client' | 'drafts'>): Unsent {
  return {
    messages: client.getSnapshot().outbox.length,
    drafts: draftKeys(drafts.entries()).length,
  };
}
