/**
 * Encoding of pages of messages between threads: one text costs a fraction of copying objects, as
 * for commits (`commit-codec.ts`).
 */
import type { HistoryPage } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import type { Database } from './database.ts';
import { readHistory } from './log.ts';

/** Runs in the reader's thread; `toPage` decodes the result. */
export function historyText(database: Database, page: HistoryPage): string {
  return JSON.stringify(readHistory(database, page));
}

export function toPage(text: string): { messages: Message[]; hasMore: boolean } {
  // Created by `historyText`; undefined fields are absent.
  const { messages, hasMore } = JSON.parse(text) as { messages: Message[]; hasMore: boolean };
  return { messages: messages.map(toComplete), hasMore };
}

function toComplete(message: Message): Message {
  const { clientMessageId, editedAtMs, reply } = message;
  return { ...message, clientMessageId, editedAtMs, reply };
}
