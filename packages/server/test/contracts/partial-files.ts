/** Contract of the uploads that may go on: each has what came of it, for its owner. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { FileTooLarge } from '../../src/ports/file-storage.ts';
import type { PartialFiles } from '../../src/ports/partial-files.ts';

const ALICE = 'alice' as UserId;
const BOB = '../bob' as UserId;

export function testPartialFiles(adapter: string, open: () => PartialFiles): void {
  describe(`${adapter}: uploads that may go on`, () => {
    let files: PartialFiles;
    beforeEach(() => {
      files = open();
    });

    const begin = async (owner: UserId, size: number, expiresAtMs = 10): Promise<string> => {
      const id = randomUUID();
      await files.begin(owner, { id, name: 'a "name"', size, expiresAtMs });
      return id;
    };
    async function* bodyOf(text: string, error?: Error): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text);
      if (error !== undefined) throw error;
    }
    const append = async (owner: UserId, id: string, text: string, error?: Error) => {
      const file = await files.find(owner, id);
      await files.append(owner, file ?? assert.fail(), bodyOf(text, error));
    };
    const read = async (owner: UserId, id: string): Promise<string> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of files.read(owner, id)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };

    test('keeps what has come, also of a body that breaks off', async () => {
      const id = await begin(ALICE, 6);
      const about = { id, name: 'a "name"', size: 6, expiresAtMs: 10, fileId: undefined };
      assert.deepEqual(await files.find(ALICE, id), { ...about, offset: 0 });

      await append(ALICE, id, 'ab');
      await assert.rejects(append(ALICE, id, 'cd', new Error('lost')), /lost/);
      assert.deepEqual(await files.find(ALICE, id), { ...about, offset: 4 });
      await append(ALICE, id, 'ef');

      assert.equal(await read(ALICE, id), 'abcdef');
      await assert.rejects(append(ALICE, id, 'g'), FileTooLarge);
      assert.equal(await read(ALICE, id), 'abcdef');
    });

    test('remembers the stored file in place of the bytes', async () => {
      const id = await begin(ALICE, 2);
      await append(ALICE, id, 'ab');

      await files.complete(ALICE, (await files.find(ALICE, id)) ?? assert.fail(), 'stored');

      const found = await files.find(ALICE, id);
      assert.deepEqual([found?.fileId, found?.offset], ['stored', 2]);
    });

    test('shows each owner the own ones only, and deletes them', async () => {
      const [of, other] = [await begin(ALICE, 2), await begin(BOB, 2)];

      assert.equal(await files.find(BOB, of), undefined);
      assert.equal(await files.find(ALICE, `../${of}`), undefined);
      await files.delete(BOB, of);
      assert.deepEqual(
        (await files.list(ALICE)).map(({ id }) => id),
        [of],
      );
      await files.delete(ALICE, of);
      assert.deepEqual([await files.list(ALICE), (await files.list(BOB)).length], [[], 1]);
      assert.equal((await files.find(BOB, other))?.offset, 0);
    });

    test('deletes what has expired', async () => {
      await files.deleteExpired(0);
      const [old, young] = [await begin(ALICE, 2, 10), await begin(ALICE, 2, 11)];
      await append(ALICE, old, 'a');

      await files.deleteExpired(10);

      const left = (await files.list(ALICE)).map(({ id }) => id);
      assert.deepEqual(left, [young]);
      await files.deleteExpired(11);
      await begin(ALICE, 2, 12);
      assert.equal((await files.list(ALICE)).length, 1);
    });

    test('counts the bytes that are not stored', async () => {
      const before = files.bytes();
      const counts: number[] = [];
      const count = () => counts.push(files.bytes() - before);
      const [first, second, old] = [
        await begin(ALICE, 3, 30),
        await begin(BOB, 5, 30),
        await begin(BOB, 7, 20),
      ];
      for (const [owner, id, text] of [
        [ALICE, first, 'abc'],
        [BOB, second, 'defgh'],
        [BOB, old, 'ij'],
      ] as const) {
        await append(owner, id, text);
      }
      count();
      await files.complete(ALICE, (await files.find(ALICE, first)) ?? assert.fail(), 'stored');
      count();
      await files.deleteExpired(20);
      count();
      await files.delete(BOB, second);
      count();

      assert.deepEqual(counts, [10, 7, 5, 0]);
    });
  });
}
