import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { diskPartialFiles } from '../../src/files/disk-partial-files.ts';
import { testPartialFiles } from '../contracts/partial-files.ts';
import { memoryPartialFiles } from '../support/memory-partial-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

testPartialFiles('Disk', () =>
  diskPartialFiles({ directory: temporaryDirectory(), reserveBytes: 0 }),
);
testPartialFiles('Memory', memoryPartialFiles);

test('bytes of another process count from the next sweep on', async () => {
  const options = { directory: temporaryDirectory(), reserveBytes: 0 };
  const [one, other] = [diskPartialFiles(options), diskPartialFiles(options)];
  const alice = 'alice' as UserId;
  await one.begin(alice, { id: 'a', name: 'a', size: 9, expiresAtMs: 9 });
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('abc');
  }
  await one.append(alice, (await one.find(alice, 'a')) ?? assert.fail(), body());

  await other.deleteExpired(0);

  assert.deepEqual([one.bytes(), other.bytes()], [3, 3]);
});
