/** A connection in a `for await` loop. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ReceivedMessage, WebSocketError } from '../../../src/index.ts';
import { binary, bytes, close, text } from '../../support/bytes.ts';
import { startServer } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

for (const readBuffer of ['shared', 'pooled', 'own'] as const) {
  test(`${readBuffer}: the loop gets every message in order, and ends with the connection`, async (t) => {
    const { open } = await startServer(t, { readBuffer });
    const { peer, connection } = await open();
    const messages = connection[Symbol.asyncIterator]();
    const sent = Array.from({ length: 100 }, (_, index) => `message ${index}`);
    peer.send(Buffer.concat([...sent.map((each) => text(each)), binary('end'), close(1000)]));
    peer.socket.end();

    const received: string[] = [];
    for await (const { data, isBinary } of messages) {
      await turns(1);
      received.push(isBinary ? `binary ${data}` : String(data));
    }

    assert.deepEqual(received, [...sent, 'binary end']);
    assert.equal(connection.closeCode, 1000);
  });
}

test('reading pauses while the loop is busy', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const messages = connection[Symbol.asyncIterator]();
  peer.send(Buffer.concat(Array.from({ length: 100 }, () => text('x'))));
  await until(() => connection.counters.messagesReceived === 16);
  await turns(20);

  assert.equal(connection.counters.messagesReceived, 16);
  for (let each = 0; each < 100; each += 1) assert.equal((await messages.next()).done, false);
});

/** A loop that is busy, with 16 of 100 messages, on a connection that the application has paused. */
async function startPaused(t: TestContext) {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const messages = connection[Symbol.asyncIterator]();
  peer.send(Buffer.concat(Array.from({ length: 100 }, () => text('x'))));
  await until(() => connection.counters.messagesReceived === 16);
  connection.pause();
  const receivedSoon = async () => {
    await turns(20);
    return connection.counters.messagesReceived;
  };
  return { peer, connection, messages, receivedSoon };
}

test('a loop that is no longer busy does not end a pause of the application', async (t) => {
  const { connection, messages, receivedSoon } = await startPaused(t);
  for (let each = 0; each < 16; each += 1) await messages.next();
  const next = messages.next();
  assert.equal(await receivedSoon(), 16);

  connection.resume();

  assert.equal((await next).done, false);
  assert.equal(await receivedSoon(), 33);
});

test('leaving the loop does not end a pause of the application', async (t) => {
  const { connection, messages, receivedSoon } = await startPaused(t);
  await messages.return?.();
  assert.equal(await receivedSoon(), 16);

  connection.resume();

  await until(() => connection.counters.messagesReceived === 100);
});

test('resume() of the application does not end the pause of a busy loop, a close does', async (t) => {
  const { peer, connection, receivedSoon } = await startPaused(t);
  connection.resume();
  assert.equal(await receivedSoon(), 16);

  connection.close();
  peer.send(close(1000));
  peer.socket.end();

  await until(() => connection.state === 'CLOSED');
  assert.equal(connection.closeCode, 1000);
});

test('of two loops, the busy one keeps reading paused', async (t) => {
  const { connection, messages, receivedSoon } = await startPaused(t);
  const others = connection[Symbol.asyncIterator]();
  connection.resume();
  for (let each = 0; each < 16; each += 1) await messages.next();
  assert.equal(await receivedSoon(), 32);

  // Both have 16 messages now; the first loop takes none of them.
  for (let each = 0; each < 16; each += 1) await others.next();

  assert.equal(await receivedSoon(), 33);
});

test('the loop throws the error that ends the connection, after the messages before it', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const messages: ReceivedMessage[] = [];
  const loop = (async () => {
    for await (const message of connection) messages.push(message);
  })();
  peer.send(Buffer.concat([text('good'), bytes('83 80 00000000')]));
  peer.socket.end();

  await assert.rejects(loop, (error) => error instanceof WebSocketError);
  assert.equal(messages.length, 1);
});

test('leaving the loop keeps the connection open and readable', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const loop = (async () => {
    for await (const { data } of connection) return String(data);
    return undefined;
  })();
  peer.send(Buffer.concat(Array.from({ length: 40 }, (_, index) => text(`${index}`))));
  assert.equal(await loop, '0');

  const later: string[] = [];
  connection.on('message', (data) => later.push(String(data)));
  peer.send(text('later'));
  await until(() => later.at(-1) === 'later');
  assert.equal(connection.state, 'OPEN');
});

test('the next loop continues where one was left, also with the error that ended the connection', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const first = (async () => {
    for await (const { data } of connection) return String(data);
    return undefined;
  })();
  peer.send(Buffer.concat([text('token'), text('one'), text('two'), bytes('83 80 00000000')]));
  peer.socket.end();
  assert.equal(await first, 'token');

  const later: string[] = [];
  const second = (async () => {
    for await (const { data } of connection) later.push(String(data));
  })();

  await assert.rejects(second, (error) => error instanceof WebSocketError);
  assert.deepEqual(later, ['one', 'two']);
});

test('a loop over a connection that has ended is over at once', async (t) => {
  const { open } = await startServer(t);
  const { connection } = await open();
  connection.destroy();
  await until(() => connection.state === 'CLOSED');

  for await (const message of connection) assert.fail(`a message: ${message.data}`);
});
