/**
 * Peers that send a byte at a time: each unit of their input has one time limit, which no byte
 * extends.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pace } from 'node:timers/promises';
import { continuation, text } from '../support/bytes.ts';
import { upgradeRequest } from '../support/raw-peer.ts';
import { startServer, startServerWithClock } from '../support/test-server.ts';
import { turns, until } from '../support/wait.ts';

const LIMIT_SECONDS = 10;
const MESSAGE = 'twenty bytes of text';
const FIRST = text('x', { isFinal: false });

/** A frame whose header has the maximum of 14 bytes. */
const LONG_HEADER = text('x'.repeat(70_000));

/** Each trickles from its byte `from` on; the bytes before come at once. */
const TRICKLED = [
  { title: 'the header of a frame', frame: LONG_HEADER, from: 1 },
  { title: 'the payload of a frame', frame: text(MESSAGE), from: 7 },
  {
    title: 'the header of a last fragment',
    frame: Buffer.concat([FIRST, continuation('x'.repeat(70_000))]),
    from: FIRST.length + 1,
  },
  {
    title: 'the payload of a last fragment',
    frame: Buffer.concat([FIRST, continuation(MESSAGE)]),
    from: FIRST.length + 7,
  },
];

/** One chunk each second, the last of them after this many. */
function chunksOf(frame: Buffer, from: number, seconds: number): Buffer[] {
  const single = Array.from({ length: seconds - 1 }, (_, index) => from + index);
  return [
    frame.subarray(0, from),
    ...single.map((at) => frame.subarray(at, at + 1)),
    frame.subarray(from + seconds - 1),
  ];
}

for (const { title, frame, from } of TRICKLED) {
  for (const seconds of [LIMIT_SECONDS - 1, LIMIT_SECONDS, LIMIT_SECONDS + 1]) {
    const isInTime = seconds < LIMIT_SECONDS;
    test(`${title} over ${seconds} s of ${LIMIT_SECONDS} is ${isInTime ? 'accepted' : '1008'}`, async (t) => {
      const { open, clock, closes } = await startServerWithClock(t, {
        fragmentTimeout: LIMIT_SECONDS * 1_000,
        enableHeartbeat: false,
      });
      const { peer, connection } = await open();
      let messages = 0;
      connection.on('message', () => (messages += 1));

      const [start = Buffer.alloc(0), ...rest] = chunksOf(frame, from, seconds);
      peer.send(start);
      await until(() => connection.counters.bytesReceived === start.length);
      for (const chunk of rest) {
        clock.advance(1_000);
        if (connection.state !== 'OPEN') break;
        const before = connection.counters.bytesReceived;
        peer.send(chunk);
        await until(() => connection.counters.bytesReceived === before + chunk.length);
      }

      if (isInTime) {
        await until(() => messages === 1);
        clock.advance(60_000);
        assert.equal(connection.state, 'OPEN');
      } else {
        assert.equal(await peer.nextCloseCode(), 1008);
        await peer.end();
        assert.equal(messages, 0);
        assert.deepEqual(closes, []);
      }
    });
  }
}

test('a request that trickles in and ends in time is accepted', async (t) => {
  const { connect } = await startServer(t, { handshakeTimeout: 60_000 });
  const peer = connect();

  await peer.sendByteByByte(Buffer.from(upgradeRequest()));

  assert.equal((await peer.nextAnswer()).status, 101);
});

test('a request that trickles without end is cut, and holds no slot', async (t) => {
  const { connect, server } = await startServer(t, { handshakeTimeout: 200 });
  const peer = connect();
  peer.send('GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ');

  // The HTTP parser and its clock belong to the platform. At this pace the limit on the size of a
  // header is far away. It responds 408 and cuts: a byte that arrives then resets the response.
  while (!peer.hasEnded && peer.error === undefined) {
    peer.send('x');
    await pace(2);
  }

  if (peer.error === undefined) assert.equal((await peer.nextAnswer()).status, 408);
  assert.equal(server.manager.size, 0);
});

test('trickling clients block no others', async (t) => {
  const { open, clock } = await startServerWithClock(t, { enableHeartbeat: false });
  const slow = await open();
  slow.peer.send(LONG_HEADER.subarray(0, 3));
  await until(() => slow.connection.counters.bytesReceived === 3);
  const { peer, connection } = await open();
  connection.on('message', (data) => connection.sendText(String(data)));

  for (let second = 0; second < 40; second += 1) {
    peer.send(text(`${second}`));
    assert.equal(await peer.nextText(), `${second}`);
    clock.advance(1_000);
    await turns(1);
  }

  assert.notEqual(slow.connection.state, 'OPEN');
  assert.equal(connection.state, 'OPEN');
});

test('a message that was complete while the process was blocked is no violation', async (t) => {
  const { open, clock } = await startServerWithClock(t, { fragmentTimeout: 5_000 });
  const { peer, connection } = await open();
  let messages = 0;
  connection.on('message', () => (messages += 1));
  const frame = text('hello');
  peer.send(frame.subarray(0, 8));
  await until(() => connection.counters.bytesReceived === 8);

  clock.stall(60_000);
  peer.send(frame.subarray(8));

  await until(() => messages === 1);
  assert.equal(connection.state, 'OPEN');
});
