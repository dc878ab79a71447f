import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { viewBuffer } from '../../../src/node/receive/buffer-view.ts';

test('a view is a Buffer on the given memory', () => {
  const { buffer: memory } = Uint8Array.from([97, 98, 99, 100]);
  const view = viewBuffer(memory, 1, 2);
  assert.ok(Buffer.isBuffer(view));
  assert.equal(view.toString(), 'bc');
  view[0] = 120;
  assert.equal(new Uint8Array(memory)[1], 120);
});
