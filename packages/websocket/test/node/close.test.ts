/** The close handshake in both directions, its time limit, and every other way to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, ConnectionState } from '../../src/index.ts';
import { CLOSE_CODES } from '../../src/index.ts';
import { READ_BUFFER_USES } from '../../src/node/receive/shared-read-buffer.ts';
import { binary, close, ping, text } from '../support/bytes.ts';
import { NOON_MS, stopCalendar } from '../support/fake-clock.ts';
import { echo, startServer, startServerWithClock } from '../support/test-server.ts';
import { usesDuplex } from '../support/transport.ts';
import { outcomeOf, turns, until } from '../support/wait.ts';

function statesOf(connection: Connection): string[] {
  const moves: string[] = [];
  connection.on('state_change', (previous: ConnectionState, state: ConnectionState) => {
    moves.push(`${previous} ${state}`);
  });
  return moves;
}

test('a close frame is answered with its code, then TCP ends, and the close was clean', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const moves = statesOf(connection);
  const outcome = outcomeOf(connection);

  peer.send(close(4001, 'see you'));

  assert.deepEqual(await peer.nextFrame(), { opcode: 0x8, payload: Buffer.from([0x0f, 0xa1]) });
  await peer.end();
  peer.socket.end();
  assert.deepEqual(await outcome, { code: 4001, reason: 'see you', wasClean: true });
  assert.deepEqual(moves, ['OPEN CLOSING', 'CLOSING CLOSED']);
});

test('an empty close frame is answered with an empty one, and reported as 1005', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  peer.send(close());

  assert.equal(await peer.nextCloseCode(), 1005);
  await peer.end();
  peer.socket.end();
  assert.deepEqual(await outcome, { code: 1005, reason: '', wasClean: true });
});

test('close() sends code and reason, waits for the answer, then ends TCP', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  connection.close(1012, 'restart');

  const frame = await peer.nextFrame();
  assert.equal(frame.payload.readUInt16BE(0), 1012);
  assert.equal(frame.payload.subarray(2).toString(), 'restart');
  assert.equal(connection.state, 'CLOSING');
  assert.equal(peer.hasEnded, false);
  peer.send(close(1012));
  await peer.end();
  peer.socket.end();
  assert.deepEqual(await outcome, { code: 1012, reason: 'restart', wasClean: true });
});

test('a code that is given and undefined is rejected, not taken for 1000', async (t) => {
  const { server, open } = await startServer(t);
  const { peer, connection } = await open();
  // As JavaScript reads a misspelt constant.
  const code = undefined as unknown as number;

  for (const call of [
    () => connection.close(code),
    () => connection.close(code, 'reason'),
    () => server.manager.closeConnection(connection.id, code),
  ]) {
    assert.throws(call, { code: 'INVALID_ARGUMENT', message: /the close code is undefined/ });
  }
  assert.equal(connection.state, 'OPEN');
  connection.close(CLOSE_CODES.GOING_AWAY, undefined);
  assert.equal(await peer.nextCloseCode(), 1001);
});

test('close() is sent after earlier messages, and nothing is sent after it', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();

  connection.sendText('last words');
  connection.close();
  assert.equal(connection.sendText('too late'), false);
  assert.equal(connection.ping(), false);

  assert.equal(await peer.nextText(), 'last words');
  assert.equal(await peer.nextCloseCode(), 1000);
  peer.send(close(1000));
  await peer.end();
  assert.equal(peer.isSilent, true);
});

test('frames between our close frame and the answer are read and dropped', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  let delivered = 0;
  connection.on('message', () => (delivered += 1));
  connection.on('ping', () => (delivered += 1));
  const outcome = outcomeOf(connection);

  connection.close();
  await peer.nextCloseCode();
  peer.send(Buffer.concat([text('a'), binary(Buffer.alloc(200_000)), ping(), close(1000)]));

  await peer.end();
  peer.socket.end();
  assert.equal((await outcome).wasClean, true);
  assert.equal(delivered, 0);
  assert.equal(peer.isSilent, true);
});

test('a violation after our close frame ends TCP without a second close frame: 1006', async (t) => {
  const { errors, open } = await startServer(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  connection.close(1000);
  await peer.nextCloseCode();
  peer.send(Buffer.concat([Buffer.from([0x81, 0x00]), close(1000)]));

  await peer.end();
  assert.equal(peer.isSilent, true);
  peer.socket.end();
  assert.deepEqual(await outcome, { code: 1006, reason: '', wasClean: false });
  assert.deepEqual(errors, []);
});

test('a peer that never answers the close frame is cut after closeTimeout: 1006', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  connection.close();
  await peer.nextCloseCode();
  clock.advance(4_999);
  await turns();
  assert.equal(connection.state, 'CLOSING');
  clock.advance(1);

  assert.deepEqual(await outcome, { code: 1006, reason: '', wasClean: false });
  assert.equal(connection.state, 'CLOSED');
});

test('a peer that answers but keeps TCP open is cut after closeTimeout, and the close was clean', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  connection.close(1001);
  await peer.nextCloseCode();
  peer.send(close(1001));
  await peer.end();
  clock.advance(5_000);

  assert.deepEqual(await outcome, { code: 1001, reason: '', wasClean: true });
});

// A stream that passes its bytes on later would not have received the answer.
if (!usesDuplex()) {
  test('an answer that has arrived when closeTimeout ends makes the close clean', async (t) => {
    const { clock, open } = await startServerWithClock(t);
    const { peer, connection } = await open();
    const outcome = outcomeOf(connection);

    connection.close(1000);
    await peer.nextCloseCode();
    peer.send(close(1000));
    // In the same turn, as after a time in which the process stood still.
    clock.advance(5_000);

    assert.deepEqual(await outcome, { code: 1000, reason: '', wasClean: true });
  });
}

test('a rejected peer that keeps TCP open is cut after closeTimeout', async (t) => {
  const { clock, open } = await startServerWithClock(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  peer.send(Buffer.from([0x81, 0x00]));
  await peer.nextCloseCode();
  await peer.end();
  clock.advance(5_000);

  assert.equal((await outcome).code, 1002);
});

test('TCP that ends without a close frame is 1006', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);

  peer.socket.end();

  assert.deepEqual(await outcome, { code: 1006, reason: '', wasClean: false });
  await peer.end();
});

test('a reset is an error, then 1006', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const events: unknown[] = [];
  connection.on('error', ({ code }) => events.push(code));
  connection.on('close', ({ code }) => events.push(code));

  peer.reset();
  await until(() => events.length === 2);

  assert.deepEqual(events, ['CONNECTION_ERROR', 1006]);
});

test('half a message before the end of TCP is not delivered', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const messages: string[] = [];
  connection.on('message', (data) => messages.push(data.toString()));
  const outcome = outcomeOf(connection);

  peer.send(Buffer.concat([text('whole'), text('half').subarray(0, 8)]));
  peer.socket.end();
  await outcome;

  assert.deepEqual(messages, ['whole']);
});

for (const readBuffer of READ_BUFFER_USES) {
  test(`${readBuffer}: the end of TCP is handled after everything sent before it`, async (t) => {
    const { open } = await startServer(t, { readBuffer });
    const { peer, connection } = await open();
    const events: string[] = [];
    connection.on('message', (data) => events.push(data.toString()));
    const outcome = outcomeOf(connection);
    const sent = Array.from({ length: 2_000 }, (_, index) => `message ${index}`);

    peer.send(Buffer.concat(sent.map((each) => text(each))));
    peer.socket.end();

    assert.equal((await outcome).code, 1006);
    assert.deepEqual(events, sent);
  });

  test(`${readBuffer}: a close frame before the end of TCP is not lost behind messages`, async (t) => {
    const { open } = await startServer(t, { readBuffer });
    const { peer, connection } = await open();
    const outcome = outcomeOf(connection);

    peer.send(Buffer.concat([...new Array(2_000).fill(text('x')), close(4_001)]));
    peer.socket.end();

    assert.deepEqual(await outcome, { code: 4_001, reason: '', wasClean: true });
    assert.equal(connection.counters.messagesReceived, 2_000);
  });

  test(`${readBuffer}: while the application pauses, the end of TCP waits behind unread input`, async (t) => {
    const { open } = await startServer(t, { readBuffer });
    const { peer, connection } = await open();
    const events: string[] = [];
    connection.on('message', (data) => {
      events.push(data.toString());
      connection.pause();
    });
    const outcome = outcomeOf(connection);

    peer.send(Buffer.concat([text('1'), text('2'), text('3')]));
    peer.socket.end();
    for (const expected of [['1'], ['1', '2'], ['1', '2', '3']]) {
      await until(() => events.length === expected.length);
      await turns();
      assert.deepEqual(events, expected);
      assert.equal(connection.state, 'OPEN');
      connection.resume();
    }

    assert.equal((await outcome).code, 1006);
  });
}

test('queued output reaches a peer that has ended its side', async (t) => {
  const { open } = await startServer(t, { writeBufferLimit: 100_000_000 });
  const { peer, connection } = await open();
  const data = Buffer.alloc(1_000_000, 'x');

  for (let count = 0; count < 20; count += 1) connection.sendBinary(data);
  peer.socket.end();

  for (let count = 0; count < 20; count += 1) {
    assert.equal((await peer.nextFrame()).payload.length, 1_000_000);
  }
  await peer.end();
});

test('destroy() sends no close frame, and is reported as 1006', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const moves = statesOf(connection);
  const outcome = outcomeOf(connection);

  connection.destroy();
  assert.equal(connection.state, 'CLOSED');

  assert.deepEqual(await outcome, { code: 1006, reason: '', wasClean: false });
  await peer.end();
  assert.equal(peer.isSilent, true);
  assert.deepEqual(moves, ['OPEN CLOSED']);
});

test('a second end is ignored, whichever came first', async (t) => {
  const { closes, open } = await startServer(t);
  const { peer, connection } = await open();

  connection.close(1000);
  connection.close(1001);
  assert.equal(await peer.nextCloseCode(), 1000);
  connection.destroy();
  connection.destroy();
  connection.close(1002);
  await until(() => closes.length === 1);
  await turns();

  assert.equal(closes.length, 1);
});

test('a code that a server may not send is rejected, and changes nothing', async (t) => {
  const { open } = await startServer(t);
  const { connection } = await open();

  for (const code of [0, 999, 1004, 1005, 1006, 1010, 1015, 2999, 5000, 1000.5]) {
    assert.throws(() => connection.close(code), { code: 'INVALID_ARGUMENT' }, String(code));
  }

  assert.equal(connection.state, 'OPEN');
});

test('nothing is delivered after a close from inside the message event', async (t) => {
  const { server, open } = await startServer(t);
  const seen: string[] = [];
  server.on('connection', (connection) => {
    connection.on('message', (data) => {
      seen.push(data.toString());
      connection.close(1000);
    });
  });
  const { peer } = await open();

  peer.send(Buffer.concat([text('1'), text('2'), text('3')]));

  assert.equal(await peer.nextCloseCode(), 1000);
  assert.deepEqual(seen, ['1']);
});

test('nothing is delivered after destroy() from inside the message event', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const events: string[] = [];
  connection.on('message', () => {
    events.push('message');
    connection.destroy();
  });
  connection.on('close', () => events.push('close'));

  peer.send(Buffer.concat([text('1'), text('2')]));
  await until(() => events.includes('close'));
  await turns();

  assert.deepEqual(events, ['message', 'close']);
});

test('closing resumes a paused connection, so that the answer is received', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const outcome = outcomeOf(connection);
  connection.pause();
  peer.send(text('unread'));

  connection.close();
  await peer.nextCloseCode();
  peer.send(close(1000));

  await peer.end();
  peer.socket.end();
  assert.equal((await outcome).wasClean, true);
});

test('a close frame after messages is handled after all of them', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();

  peer.send(Buffer.concat([...new Array(1_000).fill(text('x')), close(1000)]));

  for (let count = 0; count < 1_000; count += 1) assert.equal(await peer.nextText(), 'x');
  assert.equal(await peer.nextCloseCode(), 1000);
});

test('a connection knows its start, and afterwards how it ended', async (t) => {
  const { open, closes, clock } = await startServerWithClock(t);
  stopCalendar(t);
  const createdMs = clock.now();
  const { peer, connection } = await open();

  clock.advance(1_000);
  assert.deepEqual(connection.createdAt, new Date(NOON_MS - (clock.now() - createdMs)));
  assert.deepEqual([connection.closeCode, connection.closeReason], [undefined, undefined]);
  peer.send(close(4_001, 'bye'));
  peer.socket.end();
  await until(() => closes.length === 1);

  assert.deepEqual([connection.closeCode, connection.closeReason], [4_001, 'bye']);
});

test('a reason that is no string is rejected, and the connection stays open', async (t) => {
  const { server, open, errors } = await startServer(t);
  const { peer, connection } = await open();
  const reason: unknown = Buffer.from('bytes');

  assert.throws(() => connection.close(4_000, reason as string), { code: 'INVALID_ARGUMENT' });
  assert.equal(connection.state, 'OPEN');

  connection.on('message', () => connection.close(4_000, reason as string));
  peer.send(text('close'));
  const { opcode, payload } = await peer.nextFrame();
  assert.deepEqual([opcode, payload.readUInt16BE(0)], [0x8, 1011]);
  assert.equal(errors.length, 1);
  assert.equal(server.connections.size, 1);
});
