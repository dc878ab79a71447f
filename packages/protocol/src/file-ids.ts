/** The uploaded files among attachments; the others describe files that are stored elsewhere. Pure. */
import type { Attachment } from './attachments.ts';

export function fileIdsOf(attachments: readonly Attachment[]): readonly string[] {
  return attachments.map(fileIdOf).filter((id) => id !== undefined);
}

export function fileIdOf(attachment: Attachment): string | undefined {
  const id = typeof attachment === 'string' ? undefined : attachment['fileId'];
  return typeof id === 'string' ? id : undefined;
}
