/** Contract of every storage of files: complete or not there, read in ranges, and deleted whole. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import {
  type FilePart,
  type FileStorage,
  FileTooLarge,
  type FileUse,
  PictureRefused,
} from '../../src/ports/file-storage.ts';
import { pngOf } from '../support/png.ts';
import { wavOf } from '../support/wav.ts';

const LIMITS = { bytesMax: 20_000_000, use: 'attachment' } as const;

export function testFileStorage(adapter: string, open: () => Promise<FileStorage>): void {
  describe(`${adapter}: storage of files`, () => {
    let storage: FileStorage;
    beforeEach(async () => {
      storage = await open();
    });

    async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
    }
    const keep = async (bytes: Buffer, use: FileUse = 'attachment'): Promise<string> => {
      const id = randomUUID();
      await storage.receive(id, inPieces(bytes), { ...LIMITS, use });
      await storage.keep(id);
      return id;
    };
    const read = async (
      id: string,
      part: FilePart = 'content',
      range?: readonly [number, number],
    ): Promise<Buffer | undefined> => {
      const file = await storage.open(id, part);
      if (file === undefined) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.read(...(range ?? [0, file.size - 1]))) chunks.push(chunk);
      return Buffer.concat(chunks);
    };

    test('gives back what was kept, whole and in ranges', async () => {
      const bytes = randomBytes(3_000_000);
      const id = await keep(bytes);

      assert.ok((await read(id))?.equals(bytes));
      assert.ok((await read(id, 'content', [10, 19]))?.equals(bytes.subarray(10, 20)));
      assert.ok((await read(id, 'content', [2_999_999, 2_999_999]))?.equals(bytes.subarray(-1)));
      assert.equal(await read(id, 'thumbnail'), undefined);
      assert.equal(await read(randomUUID()), undefined);
    });

    test('finds out how long sound is', async () => {
      const id = randomUUID();
      const { type, durationMs } = await storage.receive(id, inPieces(wavOf(2)), LIMITS);
      assert.deepEqual([type, durationMs], ['audio/wav', 2000]);
      await storage.delete(id);
    });

    test('keeps files of no bytes', async () => {
      const file = await storage.open(await keep(Buffer.of()), 'content');

      assert.equal(file?.size, 0);
      await file?.close();
    });

    test('gives nothing that is received and not kept', async () => {
      const id = randomUUID();
      await storage.receive(id, inPieces(Buffer.from('hello')), LIMITS);

      assert.equal(await read(id), undefined);
      await storage.delete(id);
      await assert.rejects(storage.keep(id));
    });

    test('deletes what uploads have left, by its age', async () => {
      const [id, other] = [randomUUID(), randomUUID()];
      for (const each of [id, other]) await storage.receive(each, inPieces(Buffer.of(1)), LIMITS);

      await storage.deleteUnfinished(0);
      await storage.keep(other);
      await storage.deleteUnfinished(Date.now() + 60_000);

      await assert.rejects(storage.keep(id));
      assert.ok((await read(other))?.equals(Buffer.of(1)));
    });

    const PARTS = ['content', 'thumbnail', 'small'] as const;
    const readAll = (id: string) => Promise.all(PARTS.map((part) => read(id, part)));
    const NOTHING = [undefined, undefined, undefined];
    /** Width of a WebP picture without transparency. */
    const widthOf = (webp: Buffer | undefined): number | undefined => {
      assert.equal(webp?.subarray(8, 16).toString(), 'WEBPVP8 ');
      return webp.readUInt16LE(26) & 0x3fff;
    };

    test('makes the thumbnails of pictures after they are kept, and deletes them too', async () => {
      const id = await keep(pngOf(1600, 800));
      assert.deepEqual((await readAll(id)).slice(1), [undefined, undefined]);

      assert.equal(await storage.makeThumbnails(id), true);

      const [content, thumbnail, small] = await readAll(id);
      assert.equal(content?.subarray(1, 4).toString(), 'PNG');
      assert.deepEqual([widthOf(thumbnail), widthOf(small)], [720, 240]);
      assert.equal(await storage.makeThumbnails(id), true);
      assert.equal(widthOf(await read(id, 'small')), 240);
      await storage.delete(id);
      await storage.delete(id);
      assert.deepEqual(await readAll(id), NOTHING);
    });

    test('makes no thumbnails of what is not kept, or deleted meanwhile', async () => {
      const [received, deleted] = [randomUUID(), await keep(pngOf(1600, 800))];
      await storage.receive(received, inPieces(pngOf(1600, 800)), LIMITS);

      assert.equal(await storage.makeThumbnails(received), false);
      // Settled from the start: they may fail before the deletion is done.
      const making = Promise.allSettled([1, 2].map(() => storage.makeThumbnails(deleted)));
      await storage.delete(deleted);
      await making;

      assert.deepEqual(await readAll(deleted), NOTHING);
      assert.equal(await storage.makeThumbnails(deleted), false);
      await storage.keep(received);
      assert.equal(await storage.makeThumbnails(received), true);
    });

    test('keeps no thumbnails of files that are not pictures', async () => {
      const id = await keep(Buffer.from('text'));
      await assert.rejects(storage.makeThumbnails(id));
      assert.deepEqual((await readAll(id)).slice(1), [undefined, undefined]);
    });

    test('has pictures of users with their thumbnail at once', async () => {
      const id = await keep(pngOf(300, 200), 'avatar');
      const [content, thumbnail, small] = await readAll(id);
      assert.deepEqual([widthOf(content), widthOf(thumbnail), small], [256, 96, undefined]);
    });

    test('takes the parts of a file as another storage had them', async () => {
      const id = randomUUID();
      const [content, thumbnail, small] = [200_000, 1000, 100].map((size) => randomBytes(size));
      assert.ok(content !== undefined && thumbnail !== undefined && small !== undefined);

      // An attempt that was interrupted.
      await storage.bring(id, 'content', inPieces(randomBytes(300_000)));
      await storage.bring(id, 'thumbnail', inPieces(thumbnail));
      await storage.bring(id, 'small', inPieces(small));
      await storage.bring(id, 'content', inPieces(content));
      assert.equal(await read(id), undefined);
      await storage.keep(id);

      assert.deepEqual(await readAll(id), [content, thumbnail, small]);
      await storage.delete(id);
      assert.deepEqual(await readAll(id), NOTHING);
    });

    test('finds what pictures of messages look like, whatever their colours and shapes', async () => {
      const blurOf = async (bytes: Buffer, use: FileUse = 'attachment') => {
        const id = randomUUID();
        const { blurHash } = await storage.receive(id, inPieces(bytes), { ...LIMITS, use });
        await storage.delete(id);
        return blurHash;
      };
      const black = { channels: 3, background: '#000' } as const;
      const grey = sharp({ create: { width: 9, height: 9, ...black } }).toColourspace('b-w');
      const clear = { width: 30, height: 60, channels: 4, background: '#0000' } as const;

      // The first digit tells the waves along both sides; the third to the sixth the average colour.
      assert.match((await blurOf(pngOf(1600, 800))) ?? '', /^C.9%\*V.{14}$/);
      assert.equal(await blurOf(pngOf(40, 20)), await blurOf(pngOf(1600, 800)));
      assert.match((await blurOf(pngOf(1, 900))) ?? '', /^R.9%\*V.{6}$/);
      assert.match((await blurOf(await grey.png().toBuffer())) ?? '', /^U.0000.{30}$/);
      // Nothing is white.
      const none = await sharp({ create: clear }).webp().toBuffer();
      assert.match((await blurOf(none)) ?? '', /^S.TSUA.{14}$/);
      assert.equal(await blurOf(pngOf(40, 20), 'avatar'), undefined);
      assert.equal(await blurOf(wavOf(1)), undefined);
    });

    test('rejects files that are too large, and pictures of users that are none', async () => {
      const id = randomUUID();
      const body = () => inPieces(Buffer.alloc(11));

      await assert.rejects(storage.receive(id, body(), { ...LIMITS, bytesMax: 10 }), FileTooLarge);
      await storage.delete(id);
      await assert.rejects(
        storage.receive(id, body(), { ...LIMITS, use: 'avatar' }),
        PictureRefused,
      );
    });
  });
}
