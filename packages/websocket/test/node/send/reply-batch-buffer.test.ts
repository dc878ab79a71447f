import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage } from '../../../src/node/send/prepared-frame.ts';
import { ScratchBuffer } from '../../../src/node/send/reply-batch-buffer.ts';

test('appends frames and chunks in order', () => {
  const scratch = new ScratchBuffer().acquire();

  scratch?.addFrame(0x1, 'héllo');
  scratch?.add(Buffer.from('part'));
  scratch?.addFrame(0x2, new Uint8Array(300));

  assert.deepEqual(
    scratch?.content,
    Buffer.concat([
      encodeMessage(0x1, 'héllo'),
      Buffer.from('part'),
      encodeMessage(0x2, new Uint8Array(300)),
    ]),
  );
});

test('is assigned to one user at a time, empty', () => {
  const scratch = new ScratchBuffer();

  scratch.acquire()?.add(Buffer.from('old'));
  assert.equal(scratch.acquire(), undefined);
  scratch.release({ isTaken: true });

  assert.equal(scratch.acquire()?.content.length, 0);
});

test('leaves bytes in place that were not accepted', () => {
  const scratch = new ScratchBuffer();
  scratch.acquire()?.add(Buffer.from('waits'));
  const { content } = scratch;

  scratch.release({ isTaken: false });
  scratch.acquire()?.add(Buffer.from('other'));

  assert.equal(content.toString(), 'waits');
  assert.equal(scratch.content.toString(), 'other');
});

test('adds nothing that does not fit', () => {
  const scratch = new ScratchBuffer().acquire();

  assert.equal(scratch?.add(new Uint8Array(100_000)), 0);
  assert.equal(scratch?.addFrame(0x2, new Uint8Array(100_000)), 0);
  assert.equal(scratch?.addFrame(0x1, 'ab'), 4);
});
