import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../../src/node/clock.ts';
import { FrameLog, type FrameLogEntry } from '../../../src/node/observability/frame-log.ts';
import { FlushQueue } from '../../../src/node/send/flush-queue.ts';
import { prepareFrame } from '../../../src/node/send/message-encoder.ts';
import { type MaskFrame, Sender } from '../../../src/node/send/sender.ts';
import { SocketWriter } from '../../../src/node/send/socket-writer.ts';
import { OPCODES } from '../../../src/protocol/opcodes.ts';
import { Receiver } from '../../../src/protocol/receiver.ts';
import { Utf8Validator } from '../../../src/protocol/utf8-validator.ts';
import { binary, bytes, close, continuation, ping, text } from '../../support/bytes.ts';

const RULES = {
  sender: 'client',
  payloadBytesMax: 1_000_000,
  messageBytesMax: 1_000_000,
  fragmentCountMax: 100,
  handOut: (bytes: Uint8Array, start: number, end: number) => bytes.subarray(start, end),
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

/** The frames of what a sender sends; with `maskFrame`, those of a client. */
function logSent(send: (sender: Sender) => void, maskFrame?: MaskFrame) {
  const entries: FrameLogEntry[] = [];
  const observer = new FrameLog(4, (entry) => entries.push(entry));
  const sink = { handleBlocked() {}, handleProgress() {}, handleOutputFailure() {}, callBack() {} };
  const host = { state: 'OPEN', handleViolation() {}, handleWaiting() {}, callBack() {} } as const;
  const sender = new Sender(
    new SocketWriter(new PassThrough(), new FlushQueue(), sink, systemClock),
    { writeBufferLimit: 1_000_000, writeBufferBurst: 0, slowConsumerPolicy: 'report' },
    host,
    maskFrame,
    observer,
  );
  sender.isOpen = true;
  send(sender);
  return entries.flatMap((entry) => (entry.kind === 'frame' ? [entry] : []));
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

test('a sent frame is logged as it was encoded, and not read back', (t) => {
  const { mock } = t.mock.method(Utf8Validator.prototype, 'push');
  const unreadable = (frame: Uint8Array) => Buffer.alloc(frame.length + 4, 0xff);

  const [entry, ...others] = logSent((sender) => {
    sender.sendMessage(OPCODES.text, 'hello');
  }, unreadable);

  assert.deepEqual(others, []);
  assert.deepEqual(entry, {
    kind: 'frame',
    opcode: 'text',
    isFinal: true,
    reservedBits: 0,
    isMasked: true,
    payloadBytes: 5,
    header: 'ffffffffffff',
    payload: Buffer.from('hell').toString('hex'),
  });
  assert.equal(mock.callCount(), 0);
});

test('sent frames of each kind and size are logged with their headers', () => {
  const prepared = prepareFrame('to all');
  const before = Buffer.from(prepared.bytes);

  const frames = logSent((sender) => {
    sender.sendFragment('a');
    sender.sendControl(OPCODES.ping, '');
    sender.sendFragment('bc', { isFinal: true });
    sender.sendMessage(OPCODES.binary, Buffer.alloc(126));
    sender.sendMessage(OPCODES.text, 'x'.repeat(65_536));
    sender.sendFrame(prepared);
    sender.sendEncoded([Buffer.from('c1', 'hex'), Buffer.from('026869', 'hex')]);
    sender.appendControl(OPCODES.close, Buffer.from('03e8', 'hex'));
  });

  assert.deepEqual(
    frames.map(({ opcode, isFinal, reservedBits, fragment, header, payload }) => [
      opcode,
      isFinal,
      reservedBits,
      fragment,
      header,
      payload,
    ]),
    [
      ['text', false, 0, 1, '0101', '61'],
      ['ping', true, 0, undefined, '8900', undefined],
      ['continuation', true, 0, 2, '8002', '6263'],
      ['binary', true, 0, undefined, '827e007e', '00000000'],
      ['text', true, 0, undefined, '817f0000000000010000', '78787878'],
      ['text', true, 0, undefined, '8106', '746f2061'],
      ['text', true, 0x40, undefined, 'c102', '6869'],
      ['close', true, 0, undefined, '8802', '03e8'],
    ],
  );
  assert.deepEqual(prepared.bytes, before);
});

test('a frame whose payload never arrives is logged too', () => {
  assert.equal(log([text('hello').subarray(0, 6)]).frames.length, 1);
});

test('an invalid frame is the last entry, and logged once', () => {
  const { frames, faults } = log([text('a'), bytes('83 80'), text('b')]);

  assert.equal(frames.length, 1);
  assert.deepEqual(faults, ['INVALID_OPCODE']);
});
