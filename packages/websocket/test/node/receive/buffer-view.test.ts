import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { extname } from 'node:path';
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

test('a class of another form is not used', async (t) => {
  const described = Object.getOwnPropertyDescriptor(Buffer, Symbol.species);
  assert(described !== undefined);
  t.after(() => Object.defineProperty(Buffer, Symbol.species, described));
  for (const value of [Uint8Array, class {}, () => Buffer.alloc(2)]) {
    Object.defineProperty(Buffer, Symbol.species, { value, configurable: true });
    // With an address of its own, the module is loaded again; compiled, as on other versions of Node, too.
    const file = `buffer-view${extname(import.meta.filename)}`;
    const address = `../../../src/node/receive/${file}?${String(value)}`;
    const fresh: typeof import('../../../src/node/receive/buffer-view.ts') = await import(address);
    assert.equal(fresh.HAS_BUFFER_VIEWS, false);
    assert(Buffer.isBuffer(fresh.viewBuffer(new ArrayBuffer(4), 1, 2)));
  }
});
