/** Equal files take the disk once, whatever happens meanwhile. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { diskFileStorage } from '../../src/files/disk-file-storage.ts';
import type { FileStorage } from '../../src/ports/file-storage.ts';
import { pngOf } from '../support/png.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const LIMITS = { bytesMax: 1_000_000, use: 'attachment' } as const;
/** Each pass looks into one of these. */
const FOLDERS = 256;

describe('equal files', () => {
  let directory: string;
  let storage: FileStorage;
  const open = (): FileStorage =>
    diskFileStorage({ directory, reserveBytes: 0, onPicturesMissing: () => {} });
  beforeEach(() => {
    directory = temporaryDirectory();
    storage = open();
  });

  const receive = async (bytes: Buffer, by = storage): Promise<string> => {
    const id = randomUUID();
    await by.receive(id, inPieces(bytes), LIMITS);
    return id;
  };
  const keep = async (bytes: Buffer, by = storage): Promise<string> => {
    const id = await receive(bytes, by);
    await by.keep(id);
    return id;
  };
  const pathOf = (id: string) => join(directory, id.slice(-2), id);
  const inodeOf = (id: string) => statSync(pathOf(id)).ino;
  const filesIn = (folder: string): string[] =>
    existsSync(join(directory, folder))
      ? readdirSync(join(directory, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name))
      : [];
  const contents = () => filesIn('by-content');
  const collectAll = async (): Promise<void> => {
    for (let pass = 0; pass < FOLDERS; pass += 1) await storage.deleteUnfinished(0);
  };

  test('share their bytes, which stay as long as one of them does', async () => {
    const bytes = randomBytes(100_000);
    const [first, second, other] = [
      await keep(bytes),
      await keep(bytes),
      await keep(randomBytes(9)),
    ];
    assert.equal(inodeOf(first), inodeOf(second));
    assert.notEqual(inodeOf(first), inodeOf(other));
    assert.deepEqual(filesIn('unfinished'), []);

    await storage.delete(first);
    assert.ok(readFileSync(pathOf(second)).equals(bytes));
    const third = await keep(bytes);
    assert.equal(inodeOf(third), inodeOf(second));
    for (const id of [second, third, other]) await storage.delete(id);

    assert.deepEqual(filesIn('.'), []);
  });

  test('are found after pictures were written again, each with its own thumbnail', async () => {
    const [first, second] = [await keep(pngOf(1600, 800, 'here')), await keep(pngOf(1600, 800))];
    assert.equal(inodeOf(first), inodeOf(second));
    for (const id of [first, second]) await storage.makeThumbnails(id);
    await storage.delete(first);
    assert.ok(existsSync(`${pathOf(second)}.thumbnail`));
  });

  test('are whole after a kill at any point', async () => {
    const bytes = randomBytes(1000);
    const first = await keep(bytes);
    const [content = ''] = contents();

    // Linked; what was received is still there.
    const second = await receive(bytes);
    mkdirSync(join(directory, second.slice(-2)), { recursive: true });
    linkSync(content, pathOf(second));
    await storage.keep(second);
    assert.ok(readFileSync(pathOf(second)).equals(bytes));
    // Moved, without a link by its content; and deleted that link alone.
    rmSync(content);
    const third = await keep(bytes);
    assert.notEqual(inodeOf(third), inodeOf(first));
    assert.equal(statSync(pathOf(third)).nlink, 2);
    for (const id of [first, second]) await storage.delete(id);
    assert.ok(readFileSync(pathOf(third)).equals(bytes));
    await storage.delete(third);

    assert.deepEqual(filesIn('.'), []);
  });

  test('leave no content that no file has', async () => {
    const [used, unused] = [await keep(randomBytes(10)), await keep(randomBytes(10))];
    // As two nodes that delete the last two files of a content at the same instant.
    rmSync(pathOf(unused));

    await collectAll();

    assert.deepEqual(
      contents().map((path) => statSync(path).ino),
      [inodeOf(used)],
    );
  });

  test('are files of their own where there are no links', async () => {
    const bytes = randomBytes(1000);
    // In place of the folder: no link can be made or found.
    writeFileSync(join(directory, 'by-content'), '');
    const [first, second] = [await keep(bytes), await keep(bytes)];
    assert.notEqual(inodeOf(first), inodeOf(second));

    await collectAll();
    await storage.delete(first);

    assert.ok(readFileSync(pathOf(second)).equals(bytes));
    assert.deepEqual(filesIn(first.slice(-2)), []);
  });

  test('lose nothing while several nodes keep, delete and collect them', async () => {
    const bytes = randomBytes(20_000);
    const kept = new Set<string>();
    const work = async (by: FileStorage): Promise<void> => {
      for (let round = 0; round < 20; round += 1) {
        const id = await keep(bytes, by);
        kept.add(id);
        await by.deleteUnfinished(0);
        const [oldest] = kept;
        if (round % 5 === 4 || oldest === undefined) continue;
        kept.delete(oldest);
        await by.delete(oldest);
      }
    };
    await Promise.all([open(), open(), open()].map(work));

    assert.equal(kept.size, 12);
    for (const id of kept) assert.ok(readFileSync(pathOf(id)).equals(bytes));
    for (const id of kept) await storage.delete(id);
    await collectAll();
    assert.deepEqual(filesIn('.'), []);
  });
});

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
}
