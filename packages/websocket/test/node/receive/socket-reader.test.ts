/** Other connections get a turn while one connection has much to read. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { beforeEach, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { type Clock, systemClock } from '../../../src/node/clock.ts';
import { READ_BYTES } from '../../../src/node/receive/shared-read-buffer.ts';
import { PAUSES, SocketReader } from '../../../src/node/receive/socket-reader.ts';
import { type ReceivedEvent, Receiver } from '../../../src/protocol/receiver.ts';
import { continuation, ping, text } from '../../support/bytes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/wait.ts';

// A turn that another test has begun is measured by another clock.
beforeEach(async () => {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
});

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

/** Readers with different rules, and the texts that they have read. `handle` is called with each. */
function startReader(rules = RULES, clock: Clock = systemClock, handle = (_event: string) => {}) {
  const events: string[] = [];
  const socket = new PassThrough();
  const note = (event: string) => {
    events.push(event);
    handle(event);
  };
  const reader = new SocketReader(socket, rules, clock, {
    handleBytes() {},
    handleEvent: (event) => note(describe(event)),
    handlePauseEnd() {},
    handleReadStart() {},
    handleReadEnd() {},
    handleInputEnd: () => note('end'),
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
  const { socket, read } = startReader(RULES, new FakeClock());
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

/** Readers of floods, whose listeners take this long for each message, and a quiet one. */
async function startFloods(t: TestContext, count: number, tookMs: number) {
  const clock = new FakeClock();
  let handled = 0;
  const floods = Array.from({ length: count }, () =>
    startReader(RULES, clock, () => {
      handled += 1;
      clock.advance(tookMs);
    }),
  );
  const quiet = startReader(RULES, clock);
  // Other tests have other clocks.
  t.after(() => stopAll([...floods, quiet]));
  return {
    floods,
    quiet,
    /** Messages of the floods since the last call. */
    handledSince() {
      const since = handled;
      handled = 0;
      return since;
    },
  };
}

async function stopAll(readers: readonly ReturnType<typeof startReader>[]): Promise<void> {
  for (const { reader } of readers) reader.stop();
  await nextTurn();
}

const FLOOD = Buffer.concat(Array.from({ length: FRAMES }, () => text('x')));

test('however many connections have much to read, others are read after the time of a turn', async (t) => {
  const { floods, quiet, handledSince } = await startFloods(t, 20, 0.05);
  for (const { read } of floods) read(FLOOD);
  const atFirst = handledSince();

  const turns: number[] = [];
  for (let turn = 0; floods.some(({ events }) => events.length < FRAMES); turn += 1) {
    await nextTurn();
    quiet.read(text(`${turn}`));
    assert.equal(quiet.events.length, turn + 1, 'a quiet connection is read at once');
    turns.push(handledSince());
  }

  // A millisecond, and what was handled between two looks at the clock.
  assert.ok(Math.max(...turns) <= 20 + 32, `${turns}`);
  // A read that arrives at the same time begins, too, but does not come to its end.
  assert.ok(atFirst <= 20 * 32, `${atFirst}`);
});

test('connections that have much to read take turns', async (t) => {
  const { floods } = await startFloods(t, 3, 0.05);
  for (const { read } of floods) read(FLOOD);

  const counts = () => floods.map(({ events }) => events.length);
  while (counts().some((count) => count < FRAMES)) {
    await nextTurn();
    const unfinished = counts().filter((count) => count < FRAMES);
    if (unfinished.length < 3) continue;
    assert.ok(Math.max(...unfinished) - Math.min(...unfinished) <= 64, `${counts()}`);
  }

  assert.deepEqual(counts(), [FRAMES, FRAMES, FRAMES]);
});

test('what waits for its turn is handled in its order, before what follows and before the end', async (t) => {
  const { floods, quiet: order } = await startFloods(t, 10, 0.05);
  for (const { read } of floods) read(FLOOD);
  const texts = Array.from({ length: FRAMES }, (_, index) => `${index}`);

  order.read(Buffer.concat(texts.map((each) => text(each))));
  assert.ok(order.events.length < FRAMES);
  order.reader.end();

  assert.equal(order.events.includes('end'), false);
  await until(() => order.events.includes('end'), 'the end');
  assert.deepEqual(order.events, [...texts, 'end']);
});

test('a socket that is gone while its rest waits has the rest handled at once', async (t) => {
  const { floods } = await startFloods(t, 2, 0.05);
  for (const { read } of floods) read(FLOOD);

  floods[0]?.reader.drain();

  assert.equal(floods[0]?.events.length, FRAMES);
});

test('one that is stopped while its rest waits handles nothing more', async (t) => {
  const { floods } = await startFloods(t, 2, 0.05);
  for (const { read } of floods) read(FLOOD);
  const before = floods[0]?.events.length;

  floods[0]?.reader.stop();

  await until(() => floods[1]?.events.length === FRAMES, 'the rest of the other one');
  assert.equal(floods[0]?.events.length, before);
});

test('one that the application pauses keeps its rest until it is resumed', async (t) => {
  const { floods } = await startFloods(t, 2, 0.05);
  for (const { read } of floods) read(FLOOD);
  const before = floods[0]?.events.length;

  floods[0]?.reader.pause(PAUSES.application);
  await until(() => floods[1]?.events.length === FRAMES, 'the rest of the other one');
  assert.equal(floods[0]?.events.length, before);

  floods[0]?.reader.resume(PAUSES.application);
  await until(() => floods[0]?.events.length === FRAMES, 'the rest');
});

test('after a read with many messages that ends the time of the turn, a socket waits for its turn', async () => {
  const clock = new FakeClock();
  const { socket, read, events } = startReader(RULES, clock, () => clock.advance(0.0152));
  const many = Buffer.concat(Array.from({ length: 33 }, () => text('x')));

  read(many);
  assert.equal(socket.isPaused(), false, 'the time of the turn is not over');
  read(many);
  assert.equal(events.length, 66, 'nothing is unread');
  assert.equal(socket.isPaused(), true);

  await until(() => !socket.isPaused());
});

test('a read with few messages does not end the turn of its connection, whatever it takes', () => {
  const clock = new FakeClock();
  const { socket, read } = startReader(RULES, clock, () => clock.advance(10));

  for (let each = 0; each < 100; each += 1) read(text('x'));

  assert.equal(socket.isPaused(), false);
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
