/** The log goes on where a line could not be written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineWriter } from '../../src/ops/stdout-stream.ts';

test('a line that a full disk cannot take is left out, half a line is ended, and the next ones come', () => {
  const disk = { text: '', room: 6 };
  const output = lineWriter((bytes, offset) => {
    const part = bytes.subarray(offset, offset + Math.min(disk.room, 4));
    if (part.length === 0) throw new Error('ENOSPC');
    disk.room -= part.length;
    disk.text += part.toString();
    return part.length;
  });

  output.write('one\n');
  output.write('two\n');
  output.write('three\n');
  disk.room = 100;
  output.write('four\n');
  output.write('five\n');

  assert.equal(disk.text, 'one\ntw\nfour\nfive\n');
});
