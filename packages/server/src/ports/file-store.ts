/** Which files there are, whose they are, and in which message each stands. */
import type { RoomId, UserId } from '@parley/protocol';
import type {
  FileWithoutThumbnails,
  NewFile,
  PlacedFile,
  StoredFile,
} from '../model/stored-file.ts';

/** A place in the list of the files of a room. */
export type FilePlace = Pick<PlacedFile, 'sequence' | 'id'>;

export interface FileStore {
  /**
   * Returns false, and stores nothing, if all files together would then have more bytes, or those of
   * its user more than `shareOfFree` of what is then free.
   *
   * @param shareOfFree Default: any number of bytes.
   */
  insertFile(file: NewFile, bytesMax: number, shareOfFree?: number): Promise<boolean>;
  /** Those that exist, in any order. */
  findFiles(ids: readonly string[]): Promise<StoredFile[]>;
  /** Files of the messages of a room, those of the latest message first, from after a place in this order. */
  listRoomFiles(
    roomId: RoomId,
    page: { readonly before: FilePlace | undefined; readonly limit: number },
  ): Promise<PlacedFile[]>;
  /** Bytes of all files. */
  readFileBytes(): Promise<number>;
  /** Bytes of the files of a user, of the 10,000 largest if there are more. */
  readUserFileBytes(userId: UserId): Promise<number>;
  /** Ids of files that have expired before a time: no message has them, nor can take them. */
  listExpiredFiles(beforeMs: number, limit: number): Promise<string[]>;
  /** Deletes those of the files that have expired before a time. */
  deleteFiles(ids: readonly string[], beforeMs: number): Promise<void>;
  hasDueThumbnails(nowMs: number): Promise<boolean>;
  /**
   * Takes the latest file whose thumbnails are due, which is due again at `dueAtMs`, unless this is
   * its last attempt.
   */
  takeDueThumbnails(take: {
    readonly nowMs: number;
    readonly dueAtMs: number;
    readonly attemptsMax: number;
  }): Promise<FileWithoutThumbnails | undefined>;
  /** Notes that the thumbnails of a file are made, or when they are due again. */
  settleThumbnails(id: string, dueAtMs: number | undefined): Promise<void>;
}
