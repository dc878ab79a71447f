/** A file that a user has uploaded. */
import type { RoomId, UserId } from '@parley/protocol';

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
  /** Pixels of a picture. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly hasThumbnail: boolean;
  readonly createdAtMs: number;
  /** Where it stands: the room of the message that has it. */
  readonly roomId: RoomId | undefined;
  /** When it may be deleted; undefined while a message has it. */
  readonly expiresAtMs: number | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long a message can take an uploaded file. */
export const FILE_WAIT_MS = DAY_MS;
