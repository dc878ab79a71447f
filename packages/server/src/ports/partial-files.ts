/** Uploads of files that may go on after a break: what their clients said of them, and the bytes that have come. */
import type { UserId } from '@parley/protocol';

export interface PartialFile {
  readonly id: string;
  /** As the client sends it. */
  readonly name: string;
  /** Bytes of the complete file. */
  readonly size: number;
  readonly expiresAtMs: number;
  /** Bytes that have come: all of them if there is a `fileId`. */
  readonly offset: number;
  /** The stored file, which took the bytes. */
  readonly fileId: string | undefined;
}

/** Each owner finds its own only. All of it survives the process. */
export interface PartialFiles {
  begin(owner: UserId, file: Omit<PartialFile, 'offset' | 'fileId'>): Promise<void>;
  find(owner: UserId, id: string): Promise<PartialFile | undefined>;
  list(owner: UserId): Promise<PartialFile[]>;
  /**
   * Writes a body behind the bytes that have come, and keeps what arrives of it, also if it throws. Bytes
   * beyond the size are not written.
   *
   * @throws {FileTooLarge | StorageFull}
   */
  append(owner: UserId, file: PartialFile, body: AsyncIterable<Uint8Array>): Promise<void>;
  read(owner: UserId, id: string): AsyncIterable<Uint8Array>;
  /** Remembers the stored file in place of the bytes. */
  complete(owner: UserId, file: PartialFile, fileId: string): Promise<void>;
  delete(owner: UserId, id: string): Promise<void>;
  /**
   * Bytes of all owners that have come, and are not stored. Those that other processes have received
   * count from the next `deleteExpired` on.
   */
  bytes(): number;
  deleteExpired(nowMs: number): Promise<void>;
}
