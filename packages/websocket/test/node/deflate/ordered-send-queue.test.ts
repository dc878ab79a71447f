import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deflated } from '../../../src/node/deflate/compression-service.ts';
import { OrderedSendQueue } from '../../../src/node/deflate/ordered-send-queue.ts';
import { turns } from '../../support/wait.ts';

/** A queue, and its output: `name` uncompressed, `name!` compressed. */
function start() {
  const queue = new OrderedSendQueue();
  const sent: string[] = [];
  const put = (name: string, deflate?: () => Deflated | Promise<Deflated>) =>
    queue.send({
      byteCount: 10,
      ...(deflate && { deflate }),
      emit: (deflated) => sent.push(deflated === undefined ? name : `${name}!`),
    });
  return { queue, sent, put };
}

const COMPRESSED = new Uint8Array(1);

test('a message that needs no waiting is sent at once', () => {
  const { queue, sent, put } = start();

  put('a');
  put('b', () => COMPRESSED);
  put('c', () => undefined);

  assert.deepEqual(sent, ['a', 'b!', 'c']);
  assert(queue.isEmpty);
});

test('messages after a slow one wait for it, in order', async () => {
  const { queue, sent, put } = start();
  const first = Promise.withResolvers<Deflated>();
  const second = Promise.withResolvers<Deflated>();

  put('a', () => first.promise);
  put('b');
  put('c', () => second.promise);
  put('d', () => COMPRESSED);
  assert.deepEqual(sent, []);
  assert.equal(queue.waitingBytes, 40);

  first.resolve(COMPRESSED);
  await turns();
  assert.deepEqual(sent, ['a!', 'b']);
  assert.equal(queue.waitingBytes, 20);

  second.resolve(undefined);
  await turns();
  assert.deepEqual(sent, ['a!', 'b', 'c', 'd!']);
  assert.equal(queue.waitingBytes, 0);
});

test('a message is compressed only when its turn has come', () => {
  const { put } = start();
  let count = 0;

  put('a', () => new Promise(() => {}));
  put('b', () => {
    count += 1;
    return COMPRESSED;
  });

  assert.equal(count, 0);
});

test('sendUncompressed sends everything, and later results of zlib are dropped', async () => {
  const { queue, sent, put } = start();
  const first = Promise.withResolvers<Deflated>();
  put('a', () => first.promise);
  put('b', () => COMPRESSED);

  queue.sendUncompressed();
  assert.deepEqual(sent, ['a', 'b']);
  put('c', () => COMPRESSED);
  first.resolve(COMPRESSED);
  await turns();

  assert.deepEqual(sent, ['a', 'b', 'c!']);
  assert(queue.isEmpty);
});

test('a message that zlib fails on is sent uncompressed, and blocks no other', async () => {
  const { sent, put } = start();

  put('a', () => Promise.reject(new Error('no memory')));
  put('b');
  await turns();

  assert.deepEqual(sent, ['a', 'b']);
});

test('a message sent or flushed from within a callback is sent once, after the waiting ones', async () => {
  const queue = new OrderedSendQueue();
  const sent: string[] = [];
  const first = Promise.withResolvers<Deflated>();
  const put = (name: string, emit: () => void = () => {}) =>
    queue.send({
      byteCount: 1,
      emit: () => {
        sent.push(name);
        emit();
      },
    });
  queue.send({ byteCount: 1, deflate: () => first.promise, emit: () => sent.push('a') });
  put('b', () => put('e'));
  put('c', () => queue.sendUncompressed());
  put('d');

  first.resolve(COMPRESSED);
  await turns();

  assert.deepEqual(sent, ['a', 'b', 'c', 'd', 'e']);
});
