/** Kinds of content that a search finds by `has:`. Pure. */
import type { Attachment } from '../attachments.ts';
import { pollAttachmentsOf } from '../poll.ts';

export const SEARCH_CONTENTS = ['link', 'file', 'code'] as const;

export type SearchContent = (typeof SEARCH_CONTENTS)[number];

const LINK = /https?:\/\/\S/i;
const CODE = /`[^`]+`|^(?:```|~~~)/m;

export function hasContent(
  kind: SearchContent,
  {
    content,
    attachments,
  }: { readonly content: string; readonly attachments: readonly Attachment[] },
): boolean {
  if (kind === 'file') return attachments.length > pollAttachmentsOf(attachments).length;
  return (kind === 'link' ? LINK : CODE).test(content);
}

/** The names and descriptions of the files of a message, which a search finds beside its text. */
export function fileTexts(attachments: readonly Attachment[]): readonly string[] {
  return attachments.flatMap((each) =>
    typeof each === 'string'
      ? []
      : [each['name'], each['alt']].filter((text) => typeof text === 'string' && text !== ''),
  ) as readonly string[];
}
