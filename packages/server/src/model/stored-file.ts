/** A file that a user has uploaded. */
import type { Attachment, RoomId, UserId, WorkspaceId } from '@parley/protocol';

export interface StoredFile {
  readonly id: string;
  /** The uploader. */
  readonly userId: UserId;
  /** As the user's device names it, without a path. */
  readonly name: string;
  /** Found in its content, never as a client says. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Pixels of a picture or film. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly hasThumbnail: boolean;
  /** A blurred likeness of a picture, as a BlurHash, until it is loaded. */
  readonly blurHash?: string | undefined;
  /** Of sound and films. */
  readonly durationMs?: number | undefined;
  readonly createdAtMs: number;
  /** Where it stands: the room of the message that has it. */
  readonly roomId: RoomId | undefined;
  /** The workspace of which it is the picture. */
  readonly workspaceId?: WorkspaceId | undefined;
  /** When it may be deleted; undefined while a message has it, or it is a picture. */
  readonly expiresAtMs: number | undefined;
}

/** A file as it is stored first. */
export interface NewFile extends StoredFile {
  /** Its thumbnails are made later, by the unit. */
  readonly awaitsThumbnails?: boolean;
}

/** A file that is to have thumbnails, as a process takes it. */
export interface FileWithoutThumbnails {
  readonly id: string;
  /** Including this one. */
  readonly attempts: number;
}

/** A file that a message has. */
export interface PlacedFile extends StoredFile {
  /** Of the message, in the log of its room. */
  readonly sequence: number;
}

/** Bytes of a picture of a user as it is sent; it is stored as a small square. */
export const AVATAR_BYTES_MAX = 5 * 1024 * 1024;

/** Bytes of a custom emoji as it is sent. */
export const EMOJI_BYTES_MAX = 1024 * 1024;

const FILES_PATH = '/api/files/';

/** The address of a file. */
export function fileUrlOf(id: string): string {
  return FILES_PATH + id;
}

/** The fields of a file that are not those of every file, as clients read them; the duration in seconds. */
export function toFileFacts(file: StoredFile): {
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly thumbnailUrl?: string;
  readonly blurHash?: string;
} {
  const { id, width, height, durationMs, hasThumbnail, blurHash } = file;
  return {
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(durationMs === undefined ? {} : { duration: durationMs / 1000 }),
    ...(hasThumbnail ? { thumbnailUrl: `${fileUrlOf(id)}/thumbnail` } : {}),
    ...(blurHash === undefined ? {} : { blurHash }),
  };
}

/** The description of a file in the message that has it. */
export function toAttachment(file: StoredFile): Attachment & object {
  const { id, name, type, size } = file;
  return { fileId: id, name, type, size, url: fileUrlOf(id), ...toFileFacts(file) };
}

/** The file that has this address; undefined for an address of another kind, such as one elsewhere. */
export function fileIdOfUrl(url: string): string | undefined {
  const id = url.startsWith(FILES_PATH) ? url.slice(FILES_PATH.length) : '';
  return /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long a message can take an uploaded file. */
export const FILE_WAIT_MS = DAY_MS;
