/** Shows the files of a message in dialects that have no field for them. */
import { fileIdOf } from '@parley/protocol';
import type { Message } from '../../model/message.ts';

/** The text, and a line with the name and the address of each file. */
export function contentWithFiles({
  content,
  attachments,
}: Pick<Message, 'content' | 'attachments'>): string {
  if (attachments.length === 0) return content;
  const lines = attachments.flatMap((attachment) =>
    typeof attachment === 'string' || fileIdOf(attachment) === undefined
      ? []
      : `${attachment['name']}: ${attachment['url']}`,
  );
  return [...(content === '' ? [] : [content]), ...lines].join('\n');
}
