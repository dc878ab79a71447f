/** Messages that arrive in several reads are assembled in pooled memory in both shared modes. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { receiverOptions } from '../../../src/node/receive/receiver-options.ts';
import { BUFFER_POOL, type ReadBufferUse } from '../../../src/node/receive/shared-read-buffer.ts';
import { Receiver } from '../../../src/protocol/receiver.ts';

const PAYLOAD_BYTES = 3_000;

/** A binary frame with a mask of zeros. */
function frameOf(fill: number): Buffer {
  const header = Buffer.from([0x82, 0xfe, PAYLOAD_BYTES >> 8, PAYLOAD_BYTES & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([header, Buffer.alloc(PAYLOAD_BYTES, fill)]);
}

/** Receives the messages one after the other, each in two reads. */
function receive(readBuffer: ReadBufferUse, fills: readonly number[]): readonly Uint8Array[] {
  const limits = { maxFrameSize: 65_536, maxMessageSize: 65_536, maxFragments: 10 };
  const receiver = new Receiver(receiverOptions('client', { ...limits, readBuffer }));
  return fills.map((fill) => {
    const frame = frameOf(fill);
    receiver.push(frame.subarray(0, 1_000));
    assert.equal(receiver.next(), undefined);
    receiver.push(frame.subarray(1_000));
    const event = receiver.next();
    assert.equal(event?.kind, 'message');
    return event.data;
  });
}

test('by default they are copies that later messages do not change', () => {
  const messages = receive('shared', [1, 2, 3]);
  for (const [index, message] of messages.entries()) {
    assert.deepEqual(Buffer.from(message), Buffer.alloc(PAYLOAD_BYTES, index + 1));
    assert.equal(BUFFER_POOL.contains(message), false);
  }
});

test('with `pooled`, a later message reuses the memory', () => {
  const [first, second] = receive('pooled', [1, 2]);
  assert.equal(first?.buffer, second?.buffer);
  assert.equal(first?.[0], 2);
});

test('with `own`, each has the memory in which it was assembled', () => {
  const [first, second] = receive('own', [1, 2]);
  assert.equal(first?.buffer.byteLength, PAYLOAD_BYTES);
  assert.equal(first?.[0], 1);
  assert.notEqual(first?.buffer, second?.buffer);
});
