/** Browser events: listeners, attributes, and the fields of the events. */
import assert from 'node:assert/strict';
import { until } from '../support/wait.ts';
import { closing, open, pair, serve, testBoth } from './both.ts';

testBoth(
  'text comes as a string, bytes by binaryType, with the socket as target',
  async (each, t) => {
    const { client, socket } = await pair(t, each);
    const events: { type: string; data: unknown; target: unknown }[] = [];
    socket.addEventListener('message', (event) => events.push(event));
    socket.binaryType = 'arraybuffer';

    client.send('text');
    client.send(Buffer.from([1]));

    await until(() => events.length === 2, 'both events');
    assert.deepEqual(
      events.map(({ type, data }) => [type, data]),
      [
        ['message', 'text'],
        ['message', new Uint8Array([1]).buffer],
      ],
    );
    assert(events.every(({ target }) => target === socket));
  },
);

testBoth('open, close and error are told with what they are about', async (each, t) => {
  const { url } = await serve(t, each, { maxPayload: 10 });
  const client = new each.WebSocket(url);
  const told: unknown[] = [];
  client.onopen = ({ type, target }) => told.push([type, target === client]);
  client.onclose = ({ type, code, wasClean }) => told.push([type, code, wasClean]);
  client.onerror = () => told.push('an error');
  await until(() => told.length === 1, 'the opening');

  client.close(4_001, 'bye');

  await until(() => told.length === 2, 'the close');
  assert.deepEqual(told, [
    ['open', true],
    ['close', 4_001, true],
  ]);
});

testBoth('an error event carries the error', async (each, t) => {
  const { server, url } = await serve(t, each);
  await new Promise((resolve) => server.close(resolve));
  const client = new each.WebSocket(url);
  const told: unknown[] = [];
  client.addEventListener('error', ({ type, error, message }) => {
    told.push(type, error.code, message === error.message);
  });

  const [code] = await closing(client);

  assert.deepEqual(told, ['error', 'ECONNREFUSED', true]);
  assert.equal(code, 1_006);
});

testBoth('an end without a close frame is not clean', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const told: unknown[] = [];
  socket.addEventListener('close', ({ code, wasClean }) => told.push(code, wasClean));

  client.terminate();

  await until(() => told.length === 2, 'the close');
  assert.deepEqual(told, [1_006, false]);
});

testBoth('a handler is added once, removed by itself, and may be an object', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const calls: string[] = [];
  const first = () => calls.push('function');
  const second = {
    name: 'object',
    handleEvent() {
      calls.push(this.name);
    },
  };
  socket.addEventListener('message', first);
  socket.addEventListener('message', first);
  // The types of `ws` allow functions only.
  socket.addEventListener('message', second as never);
  socket.addEventListener('message', () => calls.push('once'), { once: true });
  // Browsers ignore it too.
  socket.addEventListener('elsewhat' as 'open', () => calls.push('never'));

  client.send('one');
  await until(() => calls.length === 3, 'the first calls');
  socket.removeEventListener('message', first);
  client.send('two');
  await until(() => calls.length === 4, 'the next call');

  assert.deepEqual(calls, ['function', 'object', 'once', 'object']);
  socket.removeEventListener('message', second as never);
  assert.equal(socket.listenerCount('message'), 0);
  assert.equal(socket.listenerCount('elsewhat'), 0);
});

testBoth('an attribute holds one function, beside the listeners', async (each, t) => {
  const { url } = await serve(t, each);
  const client = await open(t, each, url);
  const handler = () => {};
  assert.equal(client.onmessage, null);

  client.onmessage = handler;
  client.addEventListener('message', handler);
  assert.equal(client.listenerCount('message'), 2);
  client.removeEventListener('message', handler);
  assert.equal(client.onmessage, handler);
  client.onmessage = () => {};
  assert.equal(client.listenerCount('message'), 1);
  client.onmessage = null;

  assert.equal(client.onmessage, null);
  assert.equal(client.listenerCount('message'), 0);
});
