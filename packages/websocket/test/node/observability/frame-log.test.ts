import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameLog, type FrameLogEntry } from '../../../src/node/observability/frame-log.ts';
import { Receiver } from '../../../src/protocol/receiver.ts';
import { Utf8Validator } from '../../../src/protocol/utf8-validator.ts';
import { binary, bytes, close, continuation, ping, text } from '../../support/bytes.ts';

const RULES = {
  sender: 'client',
  payloadBytesMax: 1_000_000,
  messageBytesMax: 1_000_000,
  fragmentCountMax: 100,
  ownedReservedBits: 0,
} as const;

/** The entries of received bytes. */
function log(chunks: readonly Uint8Array[], { shown = 0 } = {}) {
  const entries: FrameLogEntry[] = [];
  const receiver = new Receiver(RULES, new FrameLog(shown, (entry) => entries.push(entry)));
  for (const chunk of chunks) {
    // They are unmasked in place.
    receiver.push(Uint8Array.from(chunk));
    while (receiver.next() !== undefined);
  }
  const frames = entries.flatMap((entry) => (entry.kind === 'frame' ? [entry] : []));
  const faults = entries.flatMap((entry) => (entry.kind === 'fault' ? [entry.code] : []));
  return { frames, faults };
}

const TRAFFIC = Buffer.concat([
  text('hello', { isFinal: false }),
  ping('p'),
  continuation(' world'),
  binary(Buffer.alloc(70_000, 'x')),
  text(''),
  close(1000, 'bye'),
]);

test('frames are logged with their sizes, and without their contents', () => {
  const { frames } = log([TRAFFIC]);

  assert.deepEqual(
    frames.map(({ opcode, payloadBytes, payload }) => [opcode, payloadBytes, payload]),
    [
      ['text', 5, undefined],
      ['ping', 1, undefined],
      ['continuation', 6, undefined],
      ['binary', 70_000, undefined],
      ['text', 0, undefined],
      ['close', 5, undefined],
    ],
  );
});

test('as much of a payload is shown as requested, unmasked', () => {
  const { frames } = log([text('hello world'), text('hi')], { shown: 6 });

  assert.deepEqual(
    frames.map(({ payload }) => Buffer.from(payload ?? '', 'hex').toString()),
    ['hello ', 'hi'],
  );
});

test('any split of the bytes gives the same entries', () => {
  const whole = log([TRAFFIC], { shown: 4 });
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: TRAFFIC.length }), { maxLength: 40 });
  fc.assert(
    fc.property(cuts, (list) => {
      const edges = [0, ...list.toSorted((a, b) => a - b), TRAFFIC.length];
      const chunks = edges.slice(1).map((end, index) => TRAFFIC.subarray(edges[index], end));

      assert.deepEqual(log(chunks, { shown: 4 }), whole);
    }),
    { numRuns: 50 },
  );
});

test('received text is validated once', (t) => {
  const { mock } = t.mock.method(Utf8Validator.prototype, 'push');

  log([text('hello'), text('hel', { isFinal: false }), continuation('lo')]);

  assert.equal(mock.callCount(), 3);
});

test('logging a sent frame does not change its bytes', () => {
  const entries: FrameLogEntry[] = [];
  const frame = text('hello');
  const before = Buffer.from(frame);

  new FrameLog(16, (entry) => entries.push(entry)).recordSent(frame, 'client');

  assert.deepEqual(frame, before);
  assert.equal(entries.length, 1);
});

test('a frame whose payload never arrives is logged too', () => {
  assert.equal(log([text('hello').subarray(0, 6)]).frames.length, 1);
});

test('an invalid frame is the last entry, and logged once', () => {
  const { frames, faults } = log([text('a'), bytes('83 80'), text('b')]);

  assert.equal(frames.length, 1);
  assert.deepEqual(faults, ['INVALID_OPCODE']);
});
