/** Files of messages that are still in this browser. */
import type { Attachment, OutboxEntry } from '@parley/client';

/** In the place of an uploaded file; the server never sees it. */
interface LocalFile {
  readonly local: File;
  readonly name: string;
  readonly size: number;
  readonly alt?: string;
  /** Where its upload goes on. */
  readonly begun?: string | undefined;
}

/** Only the outbox stores it, which takes whatever IndexedDB takes. */
export function toAttachment(file: LocalFile): Attachment {
  return file as unknown as Attachment;
}

export function localFile(attachment: Attachment): LocalFile | undefined {
  const file = attachment as unknown as Partial<LocalFile>;
  return file.local === undefined ? undefined : (file as LocalFile);
}

export function hasLocalFile({ attachments = [] }: Pick<OutboxEntry, 'attachments'>): boolean {
  return attachments.some(localFile);
}
