/** Opens the storage of files that the settings name. */
import { join } from 'node:path';
import { ConfigError, type Values } from '../config/load-config.ts';
import { diskFileStorage } from '../files/disk-file-storage.ts';
import { diskPartialFiles } from '../files/disk-partial-files.ts';
import { fileScanner, type ScanFile } from '../files/file-scanner.ts';
import type { FileStorage } from '../ports/file-storage.ts';
import type { Logger } from '../ports/logger.ts';
import type { PartialFiles } from '../ports/partial-files.ts';

/** @throws {ConfigError} */
export async function openFileStorage(
  values: Values,
  directory: string,
  logger: Logger,
): Promise<FileStorage> {
  const folder = folderOf(values, directory);
  const options = {
    reserveBytes: values.DISK_RESERVE_BYTES,
    onPicturesMissing: (error: unknown) => logger.record({ event: 'pictures.missing', error }),
    scan: openScanner(values, logger),
  };
  if (values.FILES_URL === undefined) return diskFileStorage({ ...options, directory: folder });
  // Few servers need it.
  const { s3FileStorage } = await import('../files/s3-file-storage.ts');
  try {
    return await s3FileStorage({
      ...options,
      directory: join(folder, 'unfinished'),
      url: values.FILES_URL,
      onUnavailable: (error) => logger.record({ event: 'files.unavailable', error }),
    });
  } catch (cause) {
    throw new ConfigError('FILES_URL needs the package @aws-sdk/client-s3: install it.', { cause });
  }
}

/** With a bucket, too, the bytes of an upload that is not complete stay on this machine. */
export function openPartialFiles(values: Values, directory: string): PartialFiles {
  return diskPartialFiles({
    directory: join(folderOf(values, directory), 'partial'),
    reserveBytes: values.DISK_RESERVE_BYTES,
  });
}

function folderOf({ FILES_DIR }: Values, directory: string): string {
  return FILES_DIR ?? join(directory, 'files');
}

function openScanner(
  { FILE_SCAN_URL: url, FILE_SCAN_TIMEOUT_MS: timeoutMs }: Values,
  logger: Logger,
): ScanFile | undefined {
  if (url === undefined) return undefined;
  return fileScanner({
    ...{ url, timeoutMs },
    onFailure: (error) => logger.record({ event: 'files.unchecked', error }),
    onHarmful: (reason) => logger.record({ event: 'files.harmful', reason }),
  });
}
