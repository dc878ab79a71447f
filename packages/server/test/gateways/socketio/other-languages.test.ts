/** Contracts with Socket.IO clients of other languages, packet by packet; `tests/clients/` runs the clients themselves. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GatewayHarness, RawClient } from '../../support/gateway-harness.ts';
import { PollingClient } from '../../support/polling-client.ts';

const PATH = '/socket.io/?EIO=4&transport=websocket';
const ABNORMAL_CLOSURE = 1006;

describe('a Socket.IO client of another language', () => {
  let harness: GatewayHarness;
  beforeEach(async () => {
    harness = await GatewayHarness.start();
  });
  afterEach(() => harness.close());

  const connect = async (query: string, auth: object, after: readonly string[] = []) => {
    const token = await harness.tokenOf('bob');
    const client = new RawClient(`${harness.url}${PATH}${query}`);
    await client.next('0{');
    client.send(`40${JSON.stringify({ token, ...auth })}`);
    for (const packet of after) client.send(packet);
    return client;
  };

  const python = '&t=1764566400.25';
  const ARGUMENTS: readonly [title: string, query: string, auth: object, count: number][] = [
    ['that may recover has one more', '', {}, 2],
    ['of Python does not', python, {}, 1],
    ['of Python, not even when it comes back', python, { pid: 'x', offset: 'y' }, 1],
    ['that declines recovery does not', '', { recovery: false }, 1],
    ['of Python that recovers has one more', python, { recovery: true }, 2],
    ['with a time of another format has one more', '&t=1764566400', {}, 2],
  ];
  for (const [title, query, auth, count] of ARGUMENTS) {
    test(`an event has its payload as the only argument, and for a client ${title}`, async () => {
      const client = await connect(query, auth);
      assert.equal((await client.next('40{')).includes('"pid"'), count === 2);

      client.send('42["room:join",{"roomId":"lobby"}]');
      await client.next('["message:history"');
      client.send('42["message:send",{"roomId":"lobby","content":"hello"}]');

      for (const name of ['message:history', 'message:new']) {
        const [, ...values] = JSON.parse((await client.next(`["${name}"`)).slice(2)) as unknown[];
        assert.equal(values.length, count, name);
      }
      client.close();
    });
  }

  test('may send before it is admitted, and is answered in order', async () => {
    const client = await connect('', {}, ['421["room:list"]', '422["dance"]']);

    await client.next('432[');

    const kinds = client.texts.slice(1).map((text) => text.slice(0, 3));
    assert.deepEqual(kinds, ['40{', '431', '432']);
    client.close();
  });

  test('loses what it has sent with a rejected token, and may try again', async () => {
    const client = await connect('', { token: 'wrong' }, ['421["room:list"]']);
    await client.next('44{');

    client.send(`40${JSON.stringify({ token: await harness.tokenOf('bob') })}`);
    await client.next('40{');
    client.send('422["room:list"]');

    await client.next('432[');
    assert.equal(
      client.texts.some((text) => text.startsWith('431')),
      false,
    );
    client.close();
  });

  test('is closed if it sends too much before it is admitted', async () => {
    const long = `42["dance","${'x'.repeat(20_000)}"]`;
    const client = await connect('', {}, [long, long]);

    await client.end();
  });

  test('loses its connection without a close frame when the server stops', async () => {
    const client = await harness.connect('/socket.io/', 'bob');

    await harness.shutdown('/socket.io/');

    assert.equal(await client.closed, ABNORMAL_CLOSURE);
  });

  test('loses its poll without a close packet when the server stops', async () => {
    const url = harness.url.replace('ws:', 'http:');
    const client = await PollingClient.open({ url }, await harness.tokenOf('bob'));
    const poll = client.poll().catch(() => 'lost');

    await harness.shutdown('/socket.io/');

    assert.notEqual(await poll, 200);
    assert.equal(client.packets.includes('1'), false);
  });
});
