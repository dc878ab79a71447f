import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { freeNow, PayloadBuffer } from '../../src/protocol/payload-buffer.ts';
import { collectGarbage } from '../support/garbage.ts';

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const list = new PayloadBuffer();
  for (const piece of pieces) list.add(piece);
  return list.join();
}

test('no pieces join to an empty payload', () => {
  assert.equal(joined([]).length, 0);
  assert.equal(joined([new Uint8Array(0)]).length, 0);
});

test('pieces are copied, since their read buffer is reused', () => {
  for (const length of [1, 255, 4_096, 100_000]) {
    const piece = new Uint8Array(length).fill(5);
    const list = new PayloadBuffer();
    list.add(piece);
    piece.fill(6);

    assert.deepEqual(list.join(), new Uint8Array(length).fill(5));
  }
});

test('a small piece does not retain the read buffer that contains it', () => {
  const read = new Uint8Array(65_536).fill(7);

  const result = joined([read.subarray(10, 20)]);

  assert.deepEqual([...result], new Array(10).fill(7));
  assert(result.buffer.byteLength < 1_000);
});

test('a million single bytes take little more memory than a million bytes', async () => {
  const list = new PayloadBuffer();
  const byte = Uint8Array.of(9);
  const before = await usedBytes();

  for (let count = 0; count < 1_000_000; count += 1) list.add(byte);

  const added = (await usedBytes()) - before;
  // Less than a million if memory of other tests in this process was freed meanwhile.
  assert(added < 4_000_000, `${added} bytes`);
  assert.equal(list.join().length, 1_000_000);
});

/** With the heap, which contains arrays of a few bytes. */
async function usedBytes(): Promise<number> {
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('pieces of any size join in their order', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ minLength: 4_000, maxLength: 4_200 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      assert.deepEqual(Buffer.from(joined(pieces)), Buffer.concat(pieces));
    }),
  );
});

test('allocates the whole payload once a sixteenth of it has arrived', () => {
  const asked: number[] = [];
  const allocate = (byteCount: number) => {
    asked.push(byteCount);
    return new Uint8Array(byteCount).fill(0xee);
  };
  const list = new PayloadBuffer(16_000, { allocate, release: freeNow });

  list.add(new Uint8Array(0));
  assert.deepEqual(asked, []);
  list.add(new Uint8Array(1_000).fill(1));
  list.add(new Uint8Array(15_000).fill(2));

  assert.deepEqual(asked, [16_000]);
  assert.deepEqual(list.join(), new Uint8Array(16_000).fill(1, 0, 1_000).fill(2, 1_000));
});

test('allocates nothing for a length that was only announced', () => {
  const asked: number[] = [];
  const allocate = (byteCount: number) => {
    asked.push(byteCount);
    return new Uint8Array(byteCount);
  };
  const list = new PayloadBuffer(16_001, { allocate, release: freeNow });

  list.add(new Uint8Array(1_000).fill(1));
  assert.deepEqual(asked, [1_000]);
  list.add(new Uint8Array(15_001).fill(2));

  assert.deepEqual(asked, [1_000, 16_001], 'as soon as enough of it is there');
  assert.deepEqual(list.join(), new Uint8Array(16_001).fill(1, 0, 1_000).fill(2, 1_000));
});

test('the allocated memory grows with the received bytes, up to the announced length', () => {
  const unknown = new PayloadBuffer();
  assert.equal(unknown.heldBytes, 0);
  for (let count = 1; count <= 300; count += 1) {
    unknown.add(new Uint8Array(1_000));
    assert(unknown.heldBytes >= count * 1_000);
    assert(unknown.heldBytes <= count * 1_000 + 65_536);
  }

  const announced = new PayloadBuffer(10_000);
  for (let count = 0; count < 5; count += 1) announced.add(new Uint8Array(1_000));
  assert.equal(announced.heldBytes, 10_000);
});
