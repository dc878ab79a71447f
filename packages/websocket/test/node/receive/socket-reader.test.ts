/** Other connections get a turn while one connection has much to read. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { queryObjects } from 'node:v8';
import { systemClock } from '../../../src/node/clock.ts';
import { READ_BYTES } from '../../../src/node/receive/shared-read-buffer.ts';
import { SocketReader } from '../../../src/node/receive/socket-reader.ts';
import { type ReceivedEvent, Receiver } from '../../../src/protocol/receiver.ts';
import { continuation, ping, text } from '../../support/bytes.ts';
import { until } from '../../support/wait.ts';

const FRAMES = 1_000;
const more = { isFinal: false };

const RULES = {
  sender: 'client',
  payloadBytesMax: 1_000,
  messageBytesMax: 1_000,
  fragmentCountMax: 2 * FRAMES,
  handOut: (bytes: Uint8Array, start: number, end: number) => bytes.subarray(start, end),
  ownedReservedBits: 0,
} as const;

/** The number of events in each turn that one read takes. */
async function turnsOf(read: Buffer, isContinued: boolean): Promise<number[]> {
  const turns: number[] = [];
  let events = 0;
  const reader = new SocketReader(new PassThrough(), RULES, systemClock, {
    handleBytes() {},
    handleEvent() {
      events += 1;
    },
    handlePauseEnd() {},
    handleReadStart() {
      events = 0;
    },
    handleReadEnd() {
      turns.push(events);
    },
    handleInputEnd() {},
  });
  reader.start({ isQuiet: true });
  reader.take(read, read.length);
  const frames = FRAMES + (isContinued ? 1 : 0);
  const total = () => turns.reduce((sum, count) => sum + count, 0);
  await until(() => total() >= frames, 'the whole read');
  return turns;
}

const CROWDED = [
  { title: 'messages', frame: text('x') },
  { title: 'pings', frame: ping('x') },
  { title: 'fragments', frame: continuation('x', more) },
  { title: 'empty fragments', frame: continuation('', more) },
];

for (const { title, frame } of CROWDED) {
  test(`${title} that arrive in one read are handled in several turns`, async () => {
    const first = text('x', more);
    const isContinued = title.includes('fragments');
    const frames = Array.from({ length: FRAMES }, () => frame);

    const turns = await turnsOf(
      Buffer.concat(isContinued ? [first, ...frames] : frames),
      isContinued,
    );

    assert.ok(Math.max(...turns) <= 256, `${turns}`);
    assert.equal(
      turns.reduce((sum, count) => sum + count, 0),
      FRAMES + (isContinued ? 1 : 0),
    );
  });
}

/** Readers with different rules, and the texts that they have read. */
function startReader(rules = RULES) {
  const events: string[] = [];
  const socket = new PassThrough();
  const reader = new SocketReader(socket, rules, systemClock, {
    handleBytes() {},
    handleEvent: (event) => events.push(describe(event)),
    handlePauseEnd() {},
    handleReadStart() {},
    handleReadEnd() {},
    handleInputEnd() {},
  });
  reader.start({ isQuiet: true });
  const read = (bytes: Uint8Array) => reader.take(Uint8Array.from(bytes), bytes.length);
  return { socket, reader, read, events };
}

function describe(event: ReceivedEvent): string {
  if (event.kind === 'violation') return event.code;
  return event.kind === 'message' ? Buffer.from(event.data).toString() : event.kind;
}

test('connections that share receivers keep their unfinished messages and rules apart', () => {
  const first = startReader();
  const second = startReader({ ...RULES, messageBytesMax: 3 } as unknown as typeof RULES);
  const third = startReader();

  first.read(text('one ', more));
  second.read(text('four'));
  third.read(text('half of a frame').subarray(0, 9));
  first.read(continuation('two'));
  third.read(text('half of a frame').subarray(9));
  second.reader.stop();
  first.read(text('three'));

  assert.deepEqual(first.events, ['fragment', 'one two', 'three']);
  assert.deepEqual(second.events, ['MESSAGE_TOO_BIG']);
  assert.deepEqual(third.events, ['half of a frame']);
  assert.equal(first.reader.heldBytes, 0);
});

test('a connection whose reads fill the buffer pauses after a few, and reads on in the next turn', async () => {
  const { socket, read } = startReader();
  const full = Buffer.alloc(READ_BYTES, text('x'.repeat(504)));
  assert.equal(READ_BYTES % text('x'.repeat(504)).length, 0, 'no message is unfinished');
  const readFull = (count: number) => {
    for (let each = 0; each < count; each += 1) read(full);
  };

  readFull(7);
  read(text('the rest of what has arrived'));
  readFull(7);
  assert.equal(socket.isPaused(), false);
  readFull(1);
  assert.equal(socket.isPaused(), true);

  await until(() => !socket.isPaused());
});

test('after many unfinished messages at the same time, most receivers are released', () => {
  const readers = Array.from({ length: 500 }, () => startReader());
  for (const { read } of readers) read(text('one ', more));
  const atPeak = queryObjects(Receiver, { format: 'count' });

  for (const { read } of readers) read(continuation('two'));

  const kept = queryObjects(Receiver, { format: 'count' });
  assert.deepEqual(
    new Set(readers.map(({ events }) => events.join())),
    new Set(['fragment,one two']),
  );
  assert.ok(atPeak >= 500 && kept < 50, `${kept} of ${atPeak} receivers are kept`);
});
