/**
 * Messages that are sent while they are produced: their frames, and what may be sent in between.
 */
import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { Connection } from '../../src/index.ts';
import { startServer } from '../support/test-server.ts';
import { clientTarget } from '../support/transport.ts';
import { next, until } from '../support/wait.ts';

/** The bytes on the wire for a peer that reads raw frames. */
async function framesOf(
  send: (connection: Connection) => void,
  byteCount: number,
  t: Parameters<typeof startServer>[0],
): Promise<string> {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const bytes: Buffer[] = [];
  peer.socket.on('data', (chunk) => bytes.push(chunk));
  send(connection);
  await until(() => Buffer.concat(bytes).length >= byteCount, 'the frames');
  return Buffer.concat(bytes).toString('hex');
}

test('the first fragment sets the type, the last fragment the end', async (t) => {
  const frames = await framesOf(
    (connection) => {
      connection.sendFragment('a');
      connection.sendFragment('b');
      connection.sendFragment('c', { isFinal: true });
      connection.sendText('d');
      connection.sendFragment('e', { binary: true, isFinal: true });
    },
    15,
    t,
  );

  assert.equal(frames, '010161' + '000162' + '800163' + '810164' + '820165');
});

test('a character split over two fragments arrives unchanged', async (t) => {
  const frames = await framesOf(
    (connection) => {
      const [high, low] = ['😀'.charAt(0), '😀'.charAt(1)];
      connection.sendFragment(`a${high}`);
      connection.sendFragment(low);
      connection.sendFragment(high);
      connection.sendFragment('', { isFinal: true });
    },
    16,
    t,
  );

  // A half without its second half is replaced, as in a whole message.
  assert.equal(frames, '010161' + '0004f09f9880' + '0000' + '8003efbfbd');
});

test('a ping may be sent between the fragments, a whole message may not', async (t) => {
  const rejected: unknown[] = [];
  const frames = await framesOf(
    (connection) => {
      connection.sendFragment(Buffer.from('a'));
      connection.ping('p');
      const isTaken = connection.sendText('whole', (error) => rejected.push(error));
      assert.equal(isTaken, false);
      connection.sendFragment('b', { isFinal: true });
      assert.equal(connection.sendText('w'), true);
    },
    12,
    t,
  );

  assert.equal(frames, '020161' + '890170' + '800162' + '810177');
  assert.deepEqual(
    rejected.map((error) => error instanceof Error && 'code' in error && error.code),
    ['INVALID_ARGUMENT'],
  );
});

test('a broadcast skips a connection that is in the middle of a message', async (t) => {
  const { server, open } = await startServer(t);
  const { peer, connection } = await open();
  connection.sendFragment('a');

  const during = server.broadcast('to all');
  connection.sendFragment('b', { isFinal: true });
  const after = server.broadcast('to all');

  assert.deepEqual([during.failed, after.sent], [1, 1]);
  await until(() => !peer.isSilent, 'the frames');
});

test('fragments keep their position behind messages that are still being compressed', async (t) => {
  const { server, port } = await startServer(t, { perMessageDeflate: { threshold: 0 } });
  server.on('connection', (connection) => {
    connection.sendText('x'.repeat(300_000));
    connection.sendFragment('in ');
    connection.sendFragment('parts', { isFinal: true });
    connection.sendText('end');
  });
  const { url, options } = clientTarget(port);
  const client = new WebSocket(url, options.tls);
  t.after(() => client.terminate());
  const received: string[] = [];

  client.on('message', (data) => received.push(data.toString()));

  await until(() => received.length === 3, 'three messages');
  assert.deepEqual(received, ['x'.repeat(300_000), 'in parts', 'end']);
});

test('each fragment calls back once, and a fragment after the end is rejected', async (t) => {
  const { open } = await startServer(t);
  const { connection } = await open();
  const outcomes: string[] = [];
  const done = (name: string) => (error?: Error) => outcomes.push(`${name} ${error === undefined}`);

  connection.sendFragment('a', { done: done('first') });
  connection.sendFragment('b', { done: done('second') });
  connection.ping('', done('ping'));
  await until(() => outcomes.length === 3, 'three calls');
  const closed = next(connection, 'close');
  connection.destroy();
  connection.sendFragment('c', { done: done('late') });
  connection.ping('', done('late ping'));
  await closed;

  assert.deepEqual(outcomes, [
    'first true',
    'second true',
    'ping true',
    'late false',
    'late ping false',
  ]);
});

test('a fragment that cannot be encoded changes nothing', async (t) => {
  const tooLong = 'x'.repeat(constants.MAX_STRING_LENGTH);
  const frames = await framesOf(
    (connection) => {
      const [high = '', low = ''] = ['😀'.charAt(0), '😀'.charAt(1)];
      connection.sendFragment(high);
      assert.throws(() => connection.sendFragment(tooLong, { isFinal: true }), RangeError);
      assert.throws(() => connection.sendFragment(new Proxy(Buffer.from('x'), {})), {
        code: 'INVALID_ARGUMENT',
      });
      connection.sendFragment(low, { isFinal: true });
      assert.equal(connection.sendText('next'), true);
    },
    14,
    t,
  );

  assert.equal(frames, '0100' + '8004f09f9880' + '81046e657874');
});
