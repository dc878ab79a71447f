import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameHeaderBytes, writeFrameHeader } from '../../src/protocol/frame-encoder.ts';
import { applyMask } from '../../src/protocol/mask.ts';
import type { ReceiverOptions } from '../../src/protocol/message-assembler.ts';
import { Receiver } from '../../src/protocol/receiver.ts';
import { binary, bytes, close, continuation, ping, pong, text, uint } from '../support/bytes.ts';

const RULES: ReceiverOptions = {
  sender: 'client',
  payloadBytesMax: 100_000,
  messageBytesMax: 100_000,
  fragmentCountMax: 1_000,
  handOut: (bytes, start, end) => bytes.subarray(start, end),
  ownedReservedBits: 0,
};

/** The events of these reads, as readable texts. */
function eventsOf(reads: readonly Uint8Array[], rules = RULES): string[] {
  const receiver = new Receiver(rules);
  return reads.flatMap((read) => {
    // A copy: the receiver unmasks in place.
    receiver.push(Buffer.from(read));
    return drain(receiver);
  });
}

function drain(receiver: Receiver): string[] {
  const found: string[] = [];
  for (let event = receiver.next(); event !== undefined; event = receiver.next()) {
    switch (event.kind) {
      case 'message':
        found.push(
          `${event.isBinary ? 'binary' : 'text'} ${Buffer.from(event.data).toString('hex')}`,
        );
        break;
      case 'ping':
      case 'pong':
        found.push(`${event.kind} ${Buffer.from(event.payload)}`);
        break;
      case 'close':
        found.push(`close ${event.code} ${event.reason}`);
        break;
      case 'violation':
        found.push(`violation ${event.code}`);
    }
  }
  return found;
}

test('control frames between fragments are delivered at once and do not change the message', () => {
  const frames = [
    text('a', { isFinal: false }),
    ping('one'),
    continuation('b', { isFinal: false }),
    pong('two'),
    continuation('c'),
  ];

  assert.deepEqual(eventsOf([Buffer.concat(frames)]), ['ping one', 'pong two', 'text 616263']);
});

test('a control frame in pieces is delivered when it is complete', () => {
  const frame = ping('hello');

  assert.deepEqual(eventsOf([frame.subarray(0, 7), frame.subarray(7, 9), frame.subarray(9)]), [
    'ping hello',
  ]);
});

test('an invalid header is rejected on its second byte, even if it is incomplete', () => {
  assert.deepEqual(eventsOf([bytes('83'), bytes('80')]), ['violation INVALID_OPCODE']);
});

test('bytes that are pushed before earlier ones were read follow them', () => {
  const receiver = new Receiver(RULES);
  const frame = text('Hello');
  receiver.push(Buffer.from(frame.subarray(0, 8)));

  receiver.push(Buffer.from(frame.subarray(8)));

  assert.equal(receiver.hasUnreadBytes, true);
  assert.deepEqual(drain(receiver), ['text 48656c6c6f']);
  assert.equal(receiver.hasUnreadBytes, false);
});

test('a payload is unmasked in place', () => {
  const read = text('Hello');
  const receiver = new Receiver(RULES);
  receiver.push(read);

  const event = receiver.next();

  assert(event?.kind === 'message');
  assert.equal(event.data.buffer, read.buffer);
  assert.equal(read.subarray(6).toString(), 'Hello');
});

test('the start of a header keeps none of its read alive', () => {
  const receiver = new Receiver(RULES);
  const read = Buffer.concat([text('Hello'), text('x'.repeat(300)).subarray(0, 7)]);
  receiver.push(read);
  drain(receiver);
  read.fill(0);

  receiver.push(text('x'.repeat(300)).subarray(7));

  assert.deepEqual(drain(receiver), [`text ${Buffer.from('x'.repeat(300)).toString('hex')}`]);
});

test('nothing is read after a violation', () => {
  assert.deepEqual(eventsOf([Buffer.concat([text('a'), bytes('8105'), text('b')]), text('c')]), [
    'text 61',
    'violation UNMASKED_CLIENT_FRAME',
  ]);
});

test('nothing is read after a close frame', () => {
  assert.deepEqual(eventsOf([Buffer.concat([close(1000, 'bye'), text('a')])]), ['close 1000 bye']);
});

test('the message before a violation in the same read is delivered', () => {
  assert.deepEqual(eventsOf([Buffer.concat([text('a'), text(bytes('ff'))])]), [
    'text 61',
    'violation INVALID_UTF8',
  ]);
});

test('reports whether a frame or a message is incomplete', () => {
  const receiver = new Receiver(RULES);
  const begun = text('ab', { isFinal: false });

  receiver.push(Buffer.from(begun.subarray(0, 3)));
  drain(receiver);
  assert.equal(receiver.isUnfinished, true, 'inside a frame');

  receiver.push(Buffer.from(begun.subarray(3)));
  drain(receiver);
  assert.equal(receiver.isUnfinished, true, 'inside a message');

  receiver.push(continuation('c'));
  drain(receiver);
  assert.equal(receiver.isUnfinished, false);
});

test('any split of the bytes gives the same events', () => {
  fc.assert(
    fc.property(trafficCounters(), fc.array(fc.nat(), { maxLength: 12 }), (frames, cuts) => {
      const whole = Buffer.concat(frames);
      const places = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b);
      const reads = [0, ...places].map((from, index) => whole.subarray(from, places[index]));

      assert.deepEqual(eventsOf(reads), eventsOf([whole]));
    }),
    { numRuns: 500 },
  );
});

test('single bytes give the same events as one read', () => {
  fc.assert(
    fc.property(trafficCounters(), (frames) => {
      const whole = Buffer.concat(frames);
      const reads = [...whole].map((byte) => Uint8Array.of(byte));

      assert.deepEqual(eventsOf(reads), eventsOf([whole]));
    }),
    { numRuns: 100 },
  );
});

test('any random bytes are read without an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (reads) => {
      for (const event of eventsOf(reads).slice(0, -1)) assert.doesNotMatch(event, /violation/);
    }),
    { numRuns: 500 },
  );
});

test('masked output of the encoder is read back unchanged', () => {
  const opcode = fc.constantFrom(0x1, 0x2);
  const payload = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }).map((each) => Buffer.from(each)),
    fc.integer({ min: 0, max: 70_000 }).map((length) => Buffer.alloc(length, 'parley ')),
  );
  fc.assert(
    fc.property(opcode, payload, fc.nat(0xffff_ffff), (type, data, key) => {
      const header = Buffer.alloc(frameHeaderBytes(data.length));
      writeFrameHeader(header, type, data.length);
      header[1] = (header[1] ?? 0) | 0x80;
      const masked = Buffer.from(data);
      applyMask(masked, key);
      const frame = Buffer.concat([header, uint(key, 4), masked]);

      const kind = type === 0x1 ? 'text' : 'binary';
      assert.deepEqual(eventsOf([frame]), [`${kind} ${data.toString('hex')}`]);
    }),
    { numRuns: 200 },
  );
});

/** Frames as clients send them, mostly valid. */
function trafficCounters(): fc.Arbitrary<Buffer[]> {
  const words = fc.string({ unit: 'grapheme', maxLength: 200 });
  const small = fc.uint8Array({ maxLength: 125 });
  const frame = fc.oneof(
    { weight: 4, arbitrary: words.map((each) => text(each)) },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 400 }).map((each) => binary(each)) },
    { weight: 3, arbitrary: fc.tuple(words, words).chain(fragmented) },
    { weight: 2, arbitrary: small.map((each) => ping(each)) },
    { weight: 1, arbitrary: small.map((each) => pong(each)) },
    { weight: 1, arbitrary: small.map((each) => text(each)) },
    { weight: 1, arbitrary: fc.constantFrom(1000, 1005, 4000).map((code) => close(code)) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 14 }).map(Buffer.from) },
  );
  return fc.array(frame, { minLength: 1, maxLength: 8 });
}

/** One text in two fragments, cut anywhere, with a ping between. */
function fragmented([first, second]: [string, string]): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(first + second);
  return fc
    .nat(whole.length)
    .map((cut) =>
      Buffer.concat([
        text(whole.subarray(0, cut), { isFinal: false }),
        ping('between'),
        continuation(whole.subarray(cut)),
      ]),
    );
}

test('a stopped receiver holds no unfinished data, and returns no more events', () => {
  const receiver = new Receiver(RULES);
  receiver.push(Buffer.concat([text('a'.repeat(1_000), { isFinal: false }), text('b')]));
  while (receiver.next()?.kind === 'message');
  receiver.push(Buffer.from(continuation('a'.repeat(1_000))).subarray(0, 500));
  receiver.next();

  receiver.stop();

  assert.equal(receiver.heldBytes, 0);
  assert.deepEqual([receiver.hasUnreadBytes, receiver.isUnfinished], [false, false]);
  receiver.push(text('c'));
  assert.equal(receiver.next(), undefined);
});
