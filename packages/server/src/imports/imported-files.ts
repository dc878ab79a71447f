/**
 * Files of imported messages. The id of a file follows from its message, so that another import finds it.
 * If an import ends before a message takes the file, another one receives it again; without another one,
 * it is deleted after a day like an upload.
 */
import type { Attachment, UserId } from '@parley/protocol';
import { toFileName } from '../domain/primitives/text-validation.ts';
import { FILE_WAIT_MS, type NewFile, toAttachment } from '../model/stored-file.ts';
import type { Clock } from '../ports/clock.ts';
import {
  FileHarmful,
  type FileStorage,
  FileTooLarge,
  type FileUse,
  PictureRefused,
  StorageFull,
} from '../ports/file-storage.ts';
import type { FileStore } from '../ports/file-store.ts';

export interface ImportedFilesDependencies {
  readonly store: { readonly files: Pick<FileStore, 'deleteFiles' | 'findFiles' | 'insertFile'> };
  readonly fileStorage: Pick<FileStorage, 'receive' | 'keep' | 'delete'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Bytes of one file, and of all files of the server. */
  readonly fileBytesMax: number;
  readonly allFilesBytesMax: number;
}

interface ImportedFile {
  readonly id: string;
  /** Default: the attachment of a message. */
  readonly use?: FileUse;
  readonly name: string;
  readonly userId: UserId;
  readonly createdAtMs: number;
}

/** Why a file is not taken, as the report counts it. */
type FileLeft =
  | 'files that the export does not have'
  | 'files in which the scanner has found something'
  | 'files larger than FILE_BYTES_MAX'
  | 'pictures that cannot be read'
  | 'files beyond FILES_BYTES_MAX or the space on the disk';

/** Stores the file, or finds it from an earlier import. */
export async function importFile(
  dependencies: ImportedFilesDependencies,
  { id, name, userId, createdAtMs, use = 'attachment' }: ImportedFile,
  open: () => Promise<AsyncIterable<Uint8Array> | undefined>,
): Promise<Attachment | FileLeft> {
  const { store, fileStorage, clock, fileBytesMax, allFilesBytesMax } = dependencies;
  const [known] = await store.files.findFiles([id]);
  if (known !== undefined && known.expiresAtMs === undefined) return toAttachment(known);
  // An import that was interrupted has left a part of it.
  await fileStorage.delete(id);
  if (known !== undefined) await store.files.deleteFiles([id], Number.MAX_SAFE_INTEGER);
  const body = await open();
  if (body === undefined) return 'files that the export does not have';
  try {
    const content = await fileStorage.receive(id, body, { bytesMax: fileBytesMax, use });
    const file: NewFile = {
      ...{ id, userId, name: toFileName(name), createdAtMs, ...content },
      ...{ roomId: undefined, expiresAtMs: clock.nowMs() + FILE_WAIT_MS },
    };
    // The row first: if the import ends before the file is in its place, the row expires.
    if (await store.files.insertFile(file, allFilesBytesMax)) {
      await fileStorage.keep(id);
      return toAttachment(file);
    }
  } catch (error) {
    await fileStorage.delete(id);
    if (error instanceof FileTooLarge) return 'files larger than FILE_BYTES_MAX';
    if (error instanceof FileHarmful) return 'files in which the scanner has found something';
    if (error instanceof PictureRefused) return 'pictures that cannot be read';
    if (!(error instanceof StorageFull)) throw error;
  }
  await fileStorage.delete(id);
  return 'files beyond FILES_BYTES_MAX or the space on the disk';
}
