/** The log continues after a line that could not be written. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { boundedWriter, LOG_QUEUE_LENGTH_MAX, lineWriter } from '../../src/ops/stdout-stream.ts';

test('a full disk loses only the current line: a partial line is ended, and later lines are written', () => {
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

/** A writer that reports what it drops, and a reader who takes each line only on `readOn`. */
function openStalled() {
  const read: string[] = [];
  const gates: (() => void)[] = [];
  const pipe = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      read.push(line);
      gates.push(done);
    },
  });
  const writer = boundedWriter(pipe, (count) => writer.write(`${count} dropped\n`));
  return { writer, pipe, read, readOn: () => gates.shift()?.() };
}

test('drops and counts lines while the reader is stalled, and reports them when it continues', () => {
  const { writer, pipe, read, readOn } = openStalled();
  const longest = `${'x'.repeat(LOG_QUEUE_LENGTH_MAX - 1)}\n`;

  writer.write(longest);
  writer.write('one\n');
  writer.write('two\n');
  assert.equal(pipe.writableLength, LOG_QUEUE_LENGTH_MAX);
  readOn();
  writer.write('three\n');
  readOn();

  assert.deepEqual(read, [longest, '2 dropped\n', 'three\n']);
});

test('reports all lines of a stall at once, although a short line would still fit', () => {
  const { writer, read, readOn } = openStalled();
  const long = `${'x'.repeat(LOG_QUEUE_LENGTH_MAX - 10)}\n`;

  writer.write(long);
  writer.write('a line that does not fit\n');
  writer.write('short\n');
  readOn();

  assert.deepEqual(read, [long, '2 dropped\n']);
});
