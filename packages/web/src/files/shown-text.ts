/** The text of a message in one line of a list: for one without a text, the names of its files. Pure. */
import type { Message } from '@parley/client';

export function shownText({
  content,
  attachments,
}: Pick<Message, 'content' | 'attachments'>): string {
  if (content !== '') return content;
  return attachments
    .flatMap((each) => (typeof each === 'string' ? [] : (each['name'] ?? [])))
    .join(', ');
}
