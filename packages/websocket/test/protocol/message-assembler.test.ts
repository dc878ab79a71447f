import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceiverOptions } from '../../src/protocol/message-assembler.ts';
import { Receiver } from '../../src/protocol/receiver.ts';
import { binary, bytes, continuation, text } from '../support/bytes.ts';

const more = { isFinal: false };

/** The results for these reads: messages as text, then the first violation. */
function assemble(reads: readonly Uint8Array[], rules: Partial<ReceiverOptions> = {}): string[] {
  const receiver = new Receiver({
    sender: 'client',
    payloadBytesMax: 1_000_000,
    ownedReservedBits: 0x40,
    messageBytesMax: 1_000,
    fragmentCountMax: 100,
    handOut: (bytes, start, end) => bytes.subarray(start, end),
    ...rules,
  });
  const found: string[] = [];
  for (const read of reads) {
    receiver.push(read);
    for (let event = receiver.next(); event !== undefined; event = receiver.next()) {
      if (event.kind === 'violation') return [...found, event.code];
      if (event.kind === 'compressed-piece') {
        found.push(`piece ${Buffer.from(event.data)}`);
      } else if ('isBinary' in event) {
        found.push(`${event.isBinary ? 'binary' : 'text'} ${Buffer.from(event.data)}`);
      }
    }
  }
  return receiver.isAssembling ? [...found, 'unfinished'] : found;
}

test('three fragments are one message of the type of the first', () => {
  const frames = [text('Hel', more), continuation('lo ', more), continuation('World')];

  assert.deepEqual(assemble(frames), ['text Hello World']);
  assert.deepEqual(assemble([binary('a', more), continuation('b')]), ['binary ab']);
});

test('empty messages and empty fragments are legal', () => {
  assert.deepEqual(assemble([text(''), binary('')]), ['text ', 'binary ']);
  assert.deepEqual(
    assemble([text('', more), continuation('', more), continuation('a', more), continuation('')]),
    ['text a'],
  );
});

test('a message without a final frame is not delivered', () => {
  assert.deepEqual(assemble([text('a', more), continuation('b', more)]), ['unfinished']);
});

test('the next message contains nothing of the previous one', () => {
  const frames = [
    text('a', more),
    continuation('b'),
    text('c'),
    binary('d', more),
    continuation('e'),
  ];

  assert.deepEqual(assemble(frames), ['text ab', 'text c', 'binary de']);
});

test('a continuation without a start is a violation', () => {
  assert.deepEqual(assemble([continuation('a')]), ['UNEXPECTED_CONTINUATION']);
  assert.deepEqual(assemble([text('a'), continuation('b')]), ['text a', 'UNEXPECTED_CONTINUATION']);
});

test('a new message inside another is a violation, reported on its header', () => {
  const header = text('much longer').subarray(0, 6);

  assert.deepEqual(assemble([text('a', more), header]), ['NESTED_DATA_FRAME']);
});

test('a message at the limit is delivered, and one byte more is rejected on the header', () => {
  const rules = { messageBytesMax: 10 };

  assert.deepEqual(assemble([text('12345', more), continuation('67890')], rules), [
    'text 1234567890',
  ]);
  assert.deepEqual(assemble([text('12345', more), continuation('678901').subarray(0, 6)], rules), [
    'MESSAGE_TOO_BIG',
  ]);
  assert.deepEqual(assemble([text('12345678901').subarray(0, 6)], rules), ['MESSAGE_TOO_BIG']);
});

test('fragments are counted, empty ones too', () => {
  const rules = { fragmentCountMax: 3 };
  const empty = continuation('', more);

  assert.deepEqual(assemble([text('', more), empty, continuation('a')], rules), ['text a']);
  assert.deepEqual(assemble([text('', more), empty, empty, empty], rules), ['TOO_MANY_FRAGMENTS']);
});

test('a reserved bit is legal on the first frame only', () => {
  const marked = { isFinal: false, reservedBits: 0x40 };

  assert.deepEqual(assemble([text('a', marked), continuation('b')]), ['piece a', 'text ab']);
  assert.deepEqual(assemble([text('a', more), continuation('b', { reservedBits: 0x40 })]), [
    'RESERVED_BITS',
  ]);
});

test('a character may be split between fragments', () => {
  const euro = bytes('e2 82 ac');

  const frames = [
    text(euro.subarray(0, 1), more),
    continuation(euro.subarray(1, 2), more),
    continuation(euro.subarray(2)),
  ];

  assert.deepEqual(assemble(frames), ['text €']);
});

test('invalid text is rejected on its first invalid byte, before the frame is complete', () => {
  const frame = text(bytes('48 65 ff 6c 6c'));

  assert.deepEqual(assemble([frame.subarray(0, 6 + 2), frame.subarray(8, 9)]), ['INVALID_UTF8']);
});

test('invalid text is rejected in a fragment that is not the last', () => {
  assert.deepEqual(assemble([text(bytes('e2 82'), more), continuation('a', more)]), [
    'INVALID_UTF8',
  ]);
});

test('text that ends inside a character is rejected at its end', () => {
  assert.deepEqual(assemble([text(bytes('61 e2 82'))]), ['INVALID_UTF8']);
  assert.deepEqual(assemble([text(bytes('61 e2'), more), continuation(bytes('82'))]), [
    'INVALID_UTF8',
  ]);
});

test('an incomplete character of one message is not completed by the next', () => {
  assert.deepEqual(assemble([text(bytes('c3 a4')), text(bytes('a4'))]), ['text ä', 'INVALID_UTF8']);
});

test('binary messages are not validated', () => {
  const [found] = assemble([binary(bytes('ff fe'))]);

  assert.equal(found, `binary ${bytes('ff fe')}`);
});
