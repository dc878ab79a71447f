/** Opens exports by their format, and recognises them by their bytes. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ExportFile, ExportFormat } from '../model/history-import.ts';
import type { ExportedHistory } from './exported-history.ts';
import { openMattermostExport } from './mattermost-export.ts';
import { openSlackExport } from './slack-export.ts';

/** Between two reports that it goes on. */
const BYTES_AT_ONCE = 64 * 1024 * 1024;

const OPEN: Readonly<
  Record<ExportFormat, (path: string, onRead?: () => unknown) => Promise<ExportedHistory>>
> = Object.freeze({ slack: openSlackExport, mattermost: openMattermostExport });

/** @throws {ImportError} @param onRead Called at times while it reads a large file. */
export function openExport(
  { format, path }: Pick<ExportFile, 'format' | 'path'>,
  onRead?: () => unknown,
): Promise<ExportedHistory> {
  return OPEN[format](path, onRead);
}

/** @param onRead Called at times. */
export async function describeExport(
  { format, path }: Pick<ExportFile, 'format' | 'path'>,
  onRead?: () => unknown,
): Promise<ExportFile> {
  const sha256 = createHash('sha256');
  let [size, reported] = [0, 0];
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    sha256.update(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size - reported < BYTES_AT_ONCE) continue;
    reported = size;
    await onRead?.();
  }
  return { format, path, size, digest: sha256.digest('hex') };
}
