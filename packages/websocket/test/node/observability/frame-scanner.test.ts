import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameScanner } from '../../../src/node/observability/frame-scanner.ts';
import { binary, bytes, close, continuation, ping, text } from '../../support/bytes.ts';

interface Seen {
  readonly opcode: number;
  readonly payloadBytes: number;
  readonly payload: string;
}

function scan(chunks: readonly Uint8Array[], { shown = 0, sender = 'client' as const } = {}) {
  const frames: Seen[] = [];
  const faults: string[] = [];
  const scanner = new FrameScanner(sender, shown, {
    handleFrame: ({ header: { opcode, payloadBytes }, payload }) =>
      frames.push({ opcode, payloadBytes, payload: Buffer.from(payload).toString() }),
    handleError: (code) => faults.push(code),
  });
  for (const chunk of chunks) scanner.push(chunk);
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

test('frames are found with their sizes, and without their contents', () => {
  const { frames } = scan([TRAFFIC]);

  assert.deepEqual(frames, [
    { opcode: 0x1, payloadBytes: 5, payload: '' },
    { opcode: 0x9, payloadBytes: 1, payload: '' },
    { opcode: 0x0, payloadBytes: 6, payload: '' },
    { opcode: 0x2, payloadBytes: 70_000, payload: '' },
    { opcode: 0x1, payloadBytes: 0, payload: '' },
    { opcode: 0x8, payloadBytes: 5, payload: '' },
  ]);
});

test('as much of a payload is shown as requested, unmasked', () => {
  const { frames } = scan([text('hello world'), text('hi')], { shown: 6 });

  assert.deepEqual(
    frames.map(({ payload }) => payload),
    ['hello ', 'hi'],
  );
});

test('any split of the bytes gives the same result', () => {
  const whole = scan([TRAFFIC], { shown: 4 });
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: TRAFFIC.length }), { maxLength: 40 });
  fc.assert(
    fc.property(cuts, (list) => {
      const edges = [0, ...list.toSorted((a, b) => a - b), TRAFFIC.length];
      const chunks = edges.slice(1).map((end, index) => TRAFFIC.subarray(edges[index], end));

      assert.deepEqual(scan(chunks, { shown: 4 }), whole);
    }),
    { numRuns: 50 },
  );
});

test('scanning does not change the bytes', () => {
  const frame = text('hello');
  const before = Buffer.from(frame);

  scan([frame], { shown: 16 });

  assert.deepEqual(frame, before);
});

test('a frame whose payload never arrives is reported too', () => {
  assert.equal(scan([text('hello').subarray(0, 6)]).frames.length, 1);
});

test('an invalid frame ends the scan, once', () => {
  const { frames, faults } = scan([text('a'), bytes('83 80'), text('b')]);

  assert.equal(frames.length, 1);
  assert.deepEqual(faults, ['INVALID_OPCODE']);
});
