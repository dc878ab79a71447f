/** The state that clients share, so that thousands of them cost little more than their sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../../src/index.ts';
import { REPLY_BATCH_BYTES } from '../../../src/node/send/reply-batch-buffer.ts';
import WebSocket from '../../../src/ws/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { echo, startServer } from '../../support/test-server.ts';
import { next, until } from '../../support/wait.ts';

test('clients with the same limits share one timer, which ends with the last of them', async (t) => {
  const { server, port } = await startServer(t);
  const clock = new FakeClock();
  const startTimer = t.mock.method(clock, 'setInterval');

  const clients = await Promise.all(
    Array.from({ length: 50 }, () => connect(`ws://127.0.0.1:${port}`, { clock })),
  );
  const other = await connect(`ws://127.0.0.1:${port}`, { clock, heartbeatInterval: 25_000 });
  assert.equal(startTimer.mock.callCount(), 2);

  for (const client of [...clients, other]) client.destroy();
  await until(() => server.connections.size === 0);
  await until(() => clock.timerCount === 0, 'the end of the timers');
});

test('answers of many clients share one buffer', async (t) => {
  const allocate = t.mock.method(Buffer, 'allocUnsafeSlow');
  const { server, port } = await startServer(t);
  server.on('connection', echo);

  for (let count = 0; count < 10; count += 1) {
    const client = await connect(`ws://127.0.0.1:${port}`);
    client.on('message', () => client.sendText('answer'));
    client.sendText('question');
    await next(client, 'message');
    client.destroy();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.on('open', () => socket.send('question'));
    await new Promise<void>((resolve) => {
      socket.on('message', () => socket.send('answer', () => resolve()));
    });
    socket.terminate();
  }

  const buffers = allocate.mock.calls.filter(
    ({ arguments: [bytes] }) => bytes === REPLY_BATCH_BYTES,
  );
  // The server's, and that of the clients of this thread unless an earlier test has used it.
  assert([1, 2].includes(buffers.length), `${buffers.length} buffers`);
});
