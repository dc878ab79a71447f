import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyMessage } from '../../../src/node/receive/message-memory.ts';
import { encodeMessage } from '../../../src/node/send/message-encoder.ts';
import { ReplyBatchBuffer } from '../../../src/node/send/reply-batch-buffer.ts';

test('appends frames and chunks in order', () => {
  const replyBatch = new ReplyBatchBuffer().acquire();

  replyBatch?.addFrame(0x1, 'héllo');
  replyBatch?.add(Buffer.from('part'));
  replyBatch?.addFrame(0x2, new Uint8Array(300));

  assert.deepEqual(
    replyBatch?.chunks[0],
    Buffer.concat([
      encodeMessage(0x1, 'héllo'),
      Buffer.from('part'),
      encodeMessage(0x2, new Uint8Array(300)),
    ]),
  );
});

test('is assigned to one user at a time, empty', () => {
  const replyBatch = new ReplyBatchBuffer();

  replyBatch.acquire()?.add(Buffer.from('old'));
  assert.equal(replyBatch.acquire(), undefined);
  replyBatch.release({ isWritten: true });

  assert.equal(replyBatch.acquire()?.byteCount, 0);
});

test('leaves bytes in place that were not accepted', () => {
  const replyBatch = new ReplyBatchBuffer();
  replyBatch.acquire()?.add(Buffer.from('waits'));
  const [content] = replyBatch.chunks;

  replyBatch.release({ isWritten: false });
  replyBatch.acquire()?.add(Buffer.from('other'));

  assert.equal(content.toString(), 'waits');
  assert.equal(replyBatch.chunks[0].toString(), 'other');
});

test('adds nothing that does not fit', () => {
  const replyBatch = new ReplyBatchBuffer().acquire();

  assert.equal(replyBatch?.add(new Uint8Array(200_000)), false);
  assert.equal(replyBatch?.addFrame(0x2, new Uint8Array(200_000)), false);
  assert.equal(replyBatch?.addFrame(0x1, 'ab'), true);
});

test('begins so that a first large payload lies as its source does, counted in units of 16 bytes', () => {
  const memory = Buffer.alloc(20_000, 'abc');
  for (const start of [0, 1, 4, 8, 15]) {
    const payload = memory.subarray(start, start + 16_384);
    const replyBatch = new ReplyBatchBuffer().acquire();

    assert.equal(replyBatch?.addFrame(0x2, payload), true);
    replyBatch?.addFrame(0x1, 'next');

    const content = replyBatch?.chunks[0] ?? Buffer.alloc(0);
    assert.equal((content.byteOffset + 4 - payload.byteOffset) & 15, 0);
    assert.equal(replyBatch?.byteCount, content.length);
    assert.deepEqual(
      content,
      Buffer.concat([encodeMessage(0x2, payload), encodeMessage(0x1, 'next')]),
    );
  }
});

test('returns a received message in its own memory, and with others as a copy', () => {
  const message = copyMessage(Buffer.alloc(16_384, 'abc'));
  const replyBatch = new ReplyBatchBuffer().acquire();
  assert(replyBatch !== undefined);

  assert.equal(replyBatch.addFrame(0x2, message), true);
  assert.equal(replyBatch.byteCount, 4 + 16_384);
  assert.equal(replyBatch.chunks[0].buffer, message.buffer);
  assert.deepEqual(replyBatch.chunks[0], encodeMessage(0x2, message));

  replyBatch.addFrame(0x1, message);
  assert.notEqual(replyBatch.chunks[0].buffer, message.buffer);
  const both = [encodeMessage(0x2, message), encodeMessage(0x1, message)];
  assert.deepEqual(replyBatch.chunks[0], Buffer.concat(both));
});

test('a returned message that waits leaves the buffer to the next user', () => {
  const message = copyMessage(Buffer.alloc(16_384, 'abc'));
  const replyBatch = new ReplyBatchBuffer();
  replyBatch.acquire()?.addFrame(0x2, message);
  const [waiting] = replyBatch.chunks;

  replyBatch.release({ isWritten: false });
  replyBatch.acquire()?.add(Buffer.from('other'));

  assert.equal(replyBatch.chunks[0].toString(), 'other');
  assert.deepEqual(waiting, encodeMessage(0x2, message));
});
