/** Unfinished messages of many connections together are bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binary, continuation } from '../../support/bytes.ts';
import { echo, startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';

const more = { isFinal: false };
const LIMITS = { maxMessageSize: 100_000, maxUnfinishedBytes: 300_000 };

test('the connections with the largest unfinished messages are closed at the limit', async (t) => {
  const { server, open } = await startServer(t, LIMITS);
  server.on('connection', echo);
  const small = await open();
  small.peer.send(binary('small ', more));
  await until(() => small.connection.unfinishedBytes > 0, 'the small one');
  const large = [];
  for (let count = 0; count < 4; count += 1) {
    const opened = await open();
    opened.peer.send(binary(Buffer.alloc(80_000), more));
    large.push(opened);
    await until(() => opened.connection.counters.bytesReceived > 80_000, 'the large one');
  }

  const closed = large.filter(({ connection }) => connection.state !== 'OPEN');
  assert.ok(closed.length >= 2, `${closed.length} are closed`);
  for (const { peer, connection } of closed) {
    assert.equal(await peer.nextCloseCode(), 1013);
    assert.equal(connection.unfinishedBytes, 0);
  }
  small.peer.send(continuation('message'));
  assert.equal(`${(await small.peer.nextFrame()).payload}`, 'small message');
});

test('messages that end, and connections that end, leave room for others', async (t) => {
  const { server, open } = await startServer(t, LIMITS);
  server.on('connection', echo);
  const { peer } = await open();

  for (let count = 0; count < 10; count += 1) {
    peer.send(Buffer.concat([binary(Buffer.alloc(80_000), more), continuation('end')]));
    assert.equal((await peer.nextFrame()).payload.length, 80_003);
    const gone = await open();
    gone.peer.send(binary(Buffer.alloc(80_000), more));
    await until(() => gone.connection.unfinishedBytes > 0, 'the unfinished message');
    gone.peer.destroy();
    await until(() => gone.connection.state === 'CLOSED', 'the end');
    assert.equal(gone.connection.unfinishedBytes, 0);
  }
});
