/** Sockets as streams: chunks, ends, and backpressure in both directions. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { inTime, until } from '../support/wait.ts';
import { closing, event, pair, serve, testBoth } from './both.ts';

testBoth('what is written arrives as messages, and messages can be read', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const stream = each.createWebSocketStream(client, { encoding: 'utf8' });
  const received: string[] = [];
  socket.on('message', (data, isBinary) => received.push(`${data} ${isBinary}`));
  const read = event(stream, 'data');

  stream.write('one');
  stream.write(Buffer.from('two'));
  socket.send('hello');

  assert.equal((await read)[0], 'hello');
  await until(() => received.length === 2, 'both messages');
  assert.deepEqual(received, ['one true', 'two true']);
  stream.destroy();
  await closing(socket);
});

testBoth('a stream that is destroyed before the socket is open tells of it', async (each, t) => {
  const { url } = await serve(t, each);
  const stream = each.createWebSocketStream(new each.WebSocket(url));
  const failure = event(stream, 'error');
  const end = event(stream, 'close');

  stream.destroy();

  const [error] = await failure;
  assert.match(String(error), /closed before the connection was established/);
  await end;
});

testBoth('a stream may be written before the socket is open', async (each, t) => {
  const { server, url } = await serve(t, each);
  const connection = event(server, 'connection');
  const stream = each.createWebSocketStream(new each.WebSocket(url));

  stream.write('early');

  const [socket] = (await connection) as [InstanceType<typeof each.WebSocket>];
  assert.equal(String((await event(socket, 'message'))[0]), 'early');
  stream.destroy();
});

testBoth('the end of the writer closes the socket, and then the reader ends', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const stream = each.createWebSocketStream(client);
  const parts: string[] = [];
  stream.on('data', (chunk) => parts.push(String(chunk)));
  socket.on('message', (data) => socket.send(`${data}!`));
  const end = event(stream, 'end');
  const closed = event(stream, 'close');

  stream.end('bye');

  await end;
  await closed;
  assert.deepEqual(parts, ['bye!']);
  assert.equal(client.readyState, client.CLOSED);
});

testBoth('the close of the other side ends the reader', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const stream = each.createWebSocketStream(client);

  socket.send('all of ');
  socket.send('it');
  socket.close();

  assert.equal(String(await inTime(buffer(stream), 'the end')), 'all of it');
});

for (const options of [{ autoDestroy: false }, { emitClose: false }]) {
  const given = JSON.stringify(options);
  testBoth(`the stream tells of its end also with ${given}`, async (each, t) => {
    const { client, socket } = await pair(t, each);
    const stream = each.createWebSocketStream(client, options);
    const closed = event(stream, 'close');
    stream.resume();

    socket.close();
    stream.end();

    await closed;
    assert.equal(stream.destroyed, true);
  });
}

testBoth('destroying the stream cuts the socket', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const stream = each.createWebSocketStream(client);
  const errors: unknown[] = [];
  stream.on('error', (error) => errors.push(error));
  const reason = new Error('enough');

  stream.destroy(reason);

  assert.equal((await closing(socket))[0], 1_006);
  await until(() => errors.length === 1, 'the error');
  assert.equal(errors[0], reason);
});

testBoth('a fault of the other side is the error of the stream', async (each, t) => {
  const { client, socket } = await pair(t, each, { maxPayload: 10 });
  const stream = each.createWebSocketStream(socket);
  const error = event(stream, 'error');
  const end = closing(client);

  client.send('x'.repeat(11));

  assert.equal(
    ((await error)[0] as NodeJS.ErrnoException).code,
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  );
  assert.equal((await end)[0], 1_009);
});

testBoth('a reader that does not read stops the sender, and loses nothing', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const stream = each.createWebSocketStream(client);
  const chunk = Buffer.alloc(1_000_000, 7);
  stream.once('readable', () => {});
  for (let count = 0; count < 30; count += 1) socket.send(chunk);
  await until(() => client.isPaused, 'the pause');
  const closed = closing(socket);

  socket.close();

  const all = await inTime(buffer(stream), 'everything');
  assert.equal(all.length, 30 * chunk.length);
  assert.equal((await closed)[0], 1_005);
});

testBoth('a pipeline carries a large source through, in order', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const total: number[] = [];
  socket.on('message', (data: Buffer) => total.push(data.length));
  const source = Readable.from(
    Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000 + index)),
  );

  await inTime(
    pipeline(source, each.createWebSocketStream(client), async (output) => {
      for await (const _ of output);
    }),
    'the pipeline',
  );

  assert.deepEqual(
    total,
    Array.from({ length: 50 }, (_, index) => 10_000 + index),
  );
});

testBoth('a signal that is aborted already ends the stream with an AbortError', async (each, t) => {
  const { client } = await pair(t, each);

  const stream = each.createWebSocketStream(client, { signal: AbortSignal.abort() });

  const [error] = (await event(stream, 'error')) as [Error];
  assert.equal(error.name, 'AbortError');
  client.terminate();
});

testBoth('a stream whose both sides ended is destroyed before its end is told', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const stream = each.createWebSocketStream(client);
  const told: boolean[] = [];
  stream.on('end', () => told.push(stream.destroyed));
  stream.resume();
  const end = event(stream, 'close');

  stream.end();

  await closing(socket);
  await end;
  assert.deepEqual(told, [true]);
});
