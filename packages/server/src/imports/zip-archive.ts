/** A ZIP archive as an export: its entries by name. */
import type { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { ImportError } from './exported-history.ts';

export interface ZipArchive {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Undefined for an entry that the archive does not have. */
  open(name: string): Promise<Readable | undefined>;
  close(): void;
}

/** @throws {ImportError} */
export async function openZip(path: string): Promise<ZipArchive> {
  const zip: ZipFile = await openPromise(path, { autoClose: false }).catch((cause: unknown) => {
    throw new ImportError(`${path} is not a ZIP archive.`, { cause });
  });
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  return {
    entries,
    async open(name) {
      const entry = entries.get(name);
      return entry && zip.openReadStreamPromise(entry);
    },
    close: () => zip.close(),
  };
}
