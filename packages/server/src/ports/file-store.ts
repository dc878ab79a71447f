/** Which files there are, whose they are, and in which message each stands. */
import type { StoredFile } from '../model/stored-file.ts';

export interface FileStore {
  /** Returns false, and stores nothing, if all files together would then have more bytes. */
  insertFile(file: StoredFile, bytesMax: number): Promise<boolean>;
  /** Those that exist, in any order. */
  findFiles(ids: readonly string[]): Promise<StoredFile[]>;
  /** Bytes of all files. */
  readFileBytes(): Promise<number>;
  /** Ids of files that have expired before a time: no message has them, nor can take them. */
  listExpiredFiles(beforeMs: number, limit: number): Promise<string[]>;
  /** Deletes those of the files that have expired before a time. */
  deleteFiles(ids: readonly string[], beforeMs: number): Promise<void>;
}
