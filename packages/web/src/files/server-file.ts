/** Files that the server keeps, as messages describe them. */
import type { Attachment } from '@parley/client';

/** Only the server gives attachments a `fileId`. */
export interface ServerFile {
  readonly fileId: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly width?: number;
  readonly height?: number;
  /** Seconds of sound and films. */
  readonly duration?: number;
  readonly thumbnailUrl?: string;
  readonly blurHash?: string;
  readonly alt?: string;
}

export interface PictureFile extends ServerFile {
  readonly width: number;
  readonly height: number;
}

export function serverFile(attachment: Attachment): ServerFile | undefined {
  const isFile = typeof attachment !== 'string' && typeof attachment['fileId'] === 'string';
  return isFile ? (attachment as unknown as ServerFile) : undefined;
}

export function isPictureFile(file: ServerFile): file is PictureFile {
  const { type, width, height } = file;
  return type.startsWith('image/') && typeof width === 'number' && typeof height === 'number';
}

/** Never an address that a message contains. */
export function fileAddress(fileId: string): string {
  return `/api/files/${encodeURIComponent(fileId)}`;
}
