import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskFileStorage } from '../../src/files/disk-file-storage.ts';
import { unfinishedFiles } from '../../src/files/unfinished-files.ts';
import { testFileStorage } from '../contracts/file-storage.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { DEADLINE_MS } from '../support/wait.ts';

testFileStorage('Disk', async () =>
  diskFileStorage({
    directory: temporaryDirectory(),
    reserveBytes: 0,
    onPicturesMissing: () => {},
    mediaMs: DEADLINE_MS,
  }),
);

test('A picture that is put in its place after it was looked for has no thumbnails yet', async () => {
  const unfinished = unfinishedFiles({
    directory: temporaryDirectory(),
    reserveBytes: 0,
    onPicturesMissing: () => {},
  });

  const isMade = await unfinished.makeThumbnails({
    read: async () => undefined,
    exists: async () => true,
    putThumbnail: async () => {},
    deleteThumbnails: async () => {},
  });

  assert.equal(isMade, false);
});
