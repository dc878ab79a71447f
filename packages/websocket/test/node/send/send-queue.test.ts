import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Deflated } from '../../../src/node/deflate/compression-service.ts';
import { FrameRun } from '../../../src/node/send/frame-run.ts';
import type { SendCallback } from '../../../src/node/send/send-queue.ts';
import {
  type Compression,
  ENTRY_BYTES,
  NO_QUEUE,
  SendQueue,
} from '../../../src/node/send/send-queue.ts';
import { bytes } from '../../support/bytes.ts';
import { turns } from '../../support/wait.ts';

const ONE = bytes('810161');
const TWO = bytes('810162');
const LARGE = Buffer.concat([bytes('827e1388'), Buffer.alloc(5_000, 'x')]);
const PING = bytes('8900');
const SECOND_PING = bytes('8901ff');

const URGENT = { isUrgent: true };

function remove(queue: SendQueue, bytesMax: number, callbacks: SendCallback[] = []): Buffer {
  return Buffer.concat([...queue.remove(bytesMax, callbacks)]);
}

const removeAll = (queue: SendQueue) => remove(queue, 1_000_000);

test('an urgent control frame is sent ahead of frames that have not begun', () => {
  const queue = new SendQueue();
  queue.push([ONE]);
  queue.push([TWO]);

  queue.insertControl(PING, undefined, URGENT);

  assert.deepEqual(removeAll(queue), Buffer.concat([bytes('8900'), ONE, TWO]));
  assert(queue.isEmpty);
});

test('an urgent control frame is sent after the rest of a frame that has begun', () => {
  const queue = new SendQueue();
  queue.push([LARGE]);
  queue.push([TWO]);
  remove(queue, 10);

  queue.insertControl(PING, undefined, URGENT);

  assert.deepEqual(removeAll(queue), Buffer.concat([LARGE.subarray(10), bytes('8900'), TWO]));
});

test('a control frame is never sent between the chunks of one frame, wherever it was split', () => {
  const chunks = [LARGE.subarray(0, 4), LARGE.subarray(4, 500), LARGE.subarray(500)];
  for (const cut of [0, 2, 4, 5, 499, 500, 501]) {
    const queue = new SendQueue();
    queue.push([ONE]);
    queue.push(chunks);
    queue.push([TWO]);
    const before = remove(queue, ONE.length + cut);

    queue.insertControl(PING, undefined, URGENT);

    const ping = bytes('8900');
    const order = cut === 0 ? [ONE, ping, LARGE, TWO] : [ONE, LARGE, ping, TWO];
    assert.deepEqual(Buffer.concat([before, removeAll(queue)]), Buffer.concat(order), `${cut}`);
  }
});

test('a control frame never overtakes an earlier one', () => {
  const queue = new SendQueue();
  queue.push([ONE]);
  queue.insertControl(PING, undefined, { isUrgent: false });
  queue.push([TWO]);

  queue.insertControl(SECOND_PING, undefined, URGENT);

  assert.deepEqual(removeAll(queue), Buffer.concat([ONE, bytes('8900'), bytes('8901ff'), TWO]));
});

test('the callback of a frame is returned with its last bytes', () => {
  const queue = new SendQueue();
  const done = () => {};
  queue.push([LARGE.subarray(0, 4), LARGE.subarray(4)], [done]);
  queue.push([ONE]);
  const callbacks: SendCallback[] = [];

  remove(queue, LARGE.length - 1, callbacks);
  assert.deepEqual(callbacks, []);
  remove(queue, 1, callbacks);

  assert.deepEqual(callbacks, [done]);
  assert.equal(queue.readyBytes, ONE.length);
});

test('a queue that is cleared returns the callbacks of what it held', () => {
  const queue = new SendQueue();
  const [first, second, third] = [() => {}, () => {}, () => {}];
  queue.push([LARGE], [first]);
  remove(queue, 10);
  queue.push([ONE], [second, third]);

  assert.deepEqual(queue.clear(), [first, second, third]);
  assert(queue.isEmpty);
  assert.equal(queue.readyBytes, 0);
  assert.deepEqual(queue.clear(), []);
});

test('a long queue keeps no frame that was removed', async () => {
  const queue = new SendQueue();
  const gone = (() => {
    const first = Buffer.alloc(1_000);
    for (const chunk of [first, ONE, ONE, ONE]) queue.push([chunk]);
    remove(queue, first.length);
    return new WeakRef(first);
  })();

  // A new reference keeps its object until the end of the turn.
  await turns(1);
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  assert.equal(gone.deref(), undefined);
  assert.equal(queue.readyBytes, 3 * ONE.length);
});

test('small frames wait together, behind what waits already', () => {
  const queue = new SendQueue();
  const runs = { startRun: (frame: Uint8Array) => new FrameRun(frame) };

  assert(queue.addSmall(ONE, runs));
  assert(queue.addSmall(TWO, runs));
  queue.insertControl(PING, undefined, { isUrgent: false });
  assert(queue.addSmall(ONE, runs));
  assert(!queue.addSmall(LARGE, runs));
  for (let count = 0; count < 30_000; count += 1) assert(queue.addSmall(TWO, runs));

  const expected = [ONE, TWO, bytes('8900'), ONE, ...Array.from({ length: 30_000 }, () => TWO)];
  assert.equal(queue.readyBytes, 3 * 30_003 + 2);
  // In pieces: the first is the run, others may end within a frame.
  const removed: Buffer[] = [];
  while (queue.readyCount > 0) removed.push(remove(queue, 10_000));
  assert.deepEqual(Buffer.concat(removed), Buffer.concat(expected));
  assert.equal(queue.readyBytes, 0);
});

// The order of messages that are compressed.

/** A queue, and its output: `name` uncompressed, `name!` compressed. */
function start() {
  const queue = new SendQueue();
  const sent = () => removeAll(queue).toString().match(/\w!?/g) ?? [];
  const put = (name: string) => queue.push([Buffer.from(name)]);
  const compress = (name: string, run: Compression['compress']) =>
    queue.compress(
      new Uint8Array(10),
      {
        compress: run,
        encode: (deflated) => Buffer.from(deflated === undefined ? name : `${name}!`),
      },
      undefined,
      () => {},
    );
  return { queue, sent, put, compress };
}

const COMPRESSED = new Uint8Array(1);

test('a message that needs no waiting is ready at once', () => {
  const { queue, sent, put, compress } = start();

  put('a');
  compress('b', () => COMPRESSED);
  compress('c', () => undefined);

  assert(!queue.isCompressing);
  assert.deepEqual(sent(), ['a', 'b!', 'c']);
  assert(queue.isEmpty);
});

test('messages after a slow one wait for it, in order', async () => {
  const { queue, sent, put, compress } = start();
  const first = Promise.withResolvers<Deflated>();
  const second = Promise.withResolvers<Deflated>();

  compress('a', () => first.promise);
  put('b');
  compress('c', () => second.promise);
  compress('d', () => COMPRESSED);
  assert.deepEqual(sent(), []);
  assert.equal(queue.compressingBytes, 31);
  assert.equal(queue.backlogBytes, 21 + 3 * ENTRY_BYTES);

  first.resolve(COMPRESSED);
  await turns();
  assert.deepEqual(sent(), ['a!', 'b']);
  assert.equal(queue.compressingBytes, 20);

  second.resolve(undefined);
  await turns();
  assert.deepEqual(sent(), ['c', 'd!']);
  assert.equal(queue.compressingBytes, 0);
});

test('a control frame overtakes messages that wait for compression', async () => {
  const { queue, sent, put, compress } = start();
  const first = Promise.withResolvers<Deflated>();
  put('a');
  compress('b', () => first.promise);
  put('c');

  queue.insertControl(Buffer.from('P'), undefined, { isUrgent: false });

  assert.deepEqual(sent(), ['a', 'P']);
  first.resolve(COMPRESSED);
  await turns();
  assert.deepEqual(sent(), ['b!', 'c']);
});

test('a message is compressed only when its turn has come', () => {
  const { compress } = start();
  let count = 0;

  compress('a', () => new Promise(() => {}));
  compress('b', () => {
    count += 1;
    return COMPRESSED;
  });

  assert.equal(count, 0);
});

test('sendUncompressed makes everything ready, and later results of zlib are dropped', async () => {
  const { queue, sent, compress } = start();
  const first = Promise.withResolvers<Deflated>();
  compress('a', () => first.promise);
  compress('b', () => COMPRESSED);

  queue.sendUncompressed();
  assert(!queue.isCompressing);
  compress('c', () => COMPRESSED);
  first.resolve(COMPRESSED);
  await turns();

  assert.deepEqual(sent(), ['a', 'b', 'c!']);
  assert(queue.isEmpty);
});

test('a message that zlib fails on is sent uncompressed, and blocks no other', async () => {
  const { sent, put, compress } = start();

  compress('a', () => Promise.reject(new Error('no memory')));
  put('b');
  await turns();

  assert.deepEqual(sent(), ['a', 'b']);
});

test('a frame that is added after a part of another was removed is sent behind its rest', () => {
  const queue = new SendQueue();
  queue.push([LARGE]);
  const before = remove(queue, 10);
  queue.push([ONE]);

  assert.deepEqual(Buffer.concat([before, removeAll(queue)]), Buffer.concat([LARGE, ONE]));
  assert(queue.isEmpty);
});

test('small frames that wait behind others take little more memory than their bytes', () => {
  const queue = new SendQueue();
  const runs = { startRun: (frame: Uint8Array) => new FrameRun(frame) };
  queue.push([LARGE]);

  const before = process.memoryUsage();
  for (let count = 0; count < 200_000; count += 1) queue.addSmall(bytes('810161'), runs);
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const after = process.memoryUsage();

  const grownBytes = after.heapUsed + after.external - before.heapUsed - before.external;
  assert(grownBytes < 3 * queue.readyBytes + 1_000_000, `${grownBytes} for ${queue.readyBytes}`);
});

test('frames above 256 bytes are not copied: other receivers may wait for the same', () => {
  const queue = new SendQueue();
  const runs = { startRun: (frame: Uint8Array) => new FrameRun(frame) };
  queue.push([ONE]);
  assert(queue.addSmall(Buffer.alloc(256), runs));
  assert(!queue.addSmall(Buffer.alloc(257), runs));
});

test('the queue that stands for those of idle connections takes nothing', () => {
  assert.deepEqual(NO_QUEUE.clear(), []);
  assert.throws(() => NO_QUEUE.push([ONE]), TypeError);
});
