/** Imports the history of other applications, beside the chat. */
import type { RoomId } from '@parley/protocol';
import type { ExportFile, ImportReport } from '../model/history-import.ts';
import type { FileStorage } from './file-storage.ts';
import type { Store } from './store.ts';

/** The file of an import is another one on this machine, or there is none. */
export class ExportElsewhere extends Error {
  override readonly name = 'ExportElsewhere';
}

/** The import itself does not work: another attempt would end in the same way. The message is a line for the operator. */
export class ImportRejected extends Error {
  override readonly name = 'ImportRejected';
}

export interface ImportPlatform {
  readonly store: Pick<Store, 'accounts' | 'customEmoji' | 'files' | 'log' | 'rooms' | 'threads'>;
  readonly fileStorage: Pick<FileStorage, 'receive' | 'keep' | 'delete'>;
  /** Maximum number of code points of a message: longer ones are divided. */
  readonly contentLengthMax: number;
  /** Bytes of one file, and of all files of the server. */
  readonly fileBytesMax: number;
  readonly allFilesBytesMax: number;
  /** Makes a call, and waits after it: the store is also of others. */
  readonly pace: <T>(call: () => Promise<T>) => Promise<T>;
  readonly onProgress: (done: number, total: number) => Promise<unknown>;
  /** Everything of a room is stored and marked as read. */
  readonly onRoomEnd: (roomId: RoomId) => Promise<unknown>;
}

export interface HistoryImporter {
  /** Whether a file like that of the import is on this machine. */
  isHere(file: ExportFile): Promise<boolean>;
  /**
   * Imports the file, which an earlier attempt may have begun. Nothing is called after it has settled.
   *
   * @param wanted.operator Name of the operator, for the audit log.
   * @param signal Ends it.
   * @throws {ExportElsewhere | ImportRejected | StoreUnavailable | FileUnchecked} or what else has happened.
   */
  run(
    wanted: ExportFile & { readonly operator: string },
    platform: ImportPlatform,
    signal: AbortSignal,
  ): Promise<ImportReport>;
}
