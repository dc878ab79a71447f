/** Where `sharp` does not work, pictures are kept as they were sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskFileStorage } from '../../src/files/disk-file-storage.ts';
import { pngOf } from '../support/png.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('pictures have their size, no thumbnail and no BlurHash, and the log says it once', async () => {
  let missing = 0;
  const storage = diskFileStorage({
    directory: temporaryDirectory(),
    reserveBytes: 0,
    pictureProgram: new URL('../support/odd-picture-program.ts', import.meta.url),
    onPicturesMissing: () => {
      missing += 1;
    },
  });
  // The program looks for the word behind the picture.
  const bytes = Buffer.concat([pngOf(1600, 800), Buffer.from('missing')]);
  for (const id of ['a1', 'b2']) {
    const limits = { bytesMax: 1_000_000, use: 'attachment' } as const;
    const found = await storage.receive(id, asyncOf(bytes), limits);
    const pixels = { width: 1600, height: 800 };
    assert.deepEqual(found, {
      ...{ type: 'image/png', size: bytes.length, ...pixels, hasThumbnail: false },
    });
  }
  assert.equal(missing, 1);
});

async function* asyncOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
