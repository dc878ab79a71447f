/** Limits on a Socket.IO client: few packets before admission, then the rates of the other dialects. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { GatewayHarness, RawClient } from '../../support/gateway-harness.ts';
import { PollingClient } from '../../support/polling-client.ts';
import { inTime, until } from '../../support/wait.ts';

const PATH = '/socket.io/?EIO=4&transport=websocket';
/** Maximum bytes of a request in the harness. */
const REQUEST_BYTES_MAX = 100_000;
const many = (packet: string, bytes = REQUEST_BYTES_MAX): string[] =>
  Array.from({ length: Math.floor(bytes / (packet.length + 1)) }, () => packet);

describe('packets over Socket.IO', () => {
  let harness: GatewayHarness;
  before(async () => {
    harness = await GatewayHarness.start();
  });
  after(() => harness.close());

  const server = () => ({ url: harness.url.replace('ws:', 'http:') });
  const openRawClient = async (): Promise<RawClient> => {
    const client = new RawClient(harness.url + PATH);
    await client.next('0{');
    return client;
  };
  const rejections = () => harness.logged('connection.refused').map(({ reason }) => reason);

  for (const packet of ['40', '40/x,', '42["x"]', '3', '']) {
    test(`of an unauthenticated client are limited per request: ${packet}`, async () => {
      harness.entries.length = 0;
      const client = await PollingClient.open(server());

      await client.post(...many(packet, 30_000));

      assert.equal(await client.poll(), 400, 'the session has ended');
      assert.deepEqual(rejections(), ['too-many-packets']);
    });

    test(`of an unauthenticated client are limited in total: ${packet}`, async () => {
      harness.entries.length = 0;
      const client = await openRawClient();

      for (const each of many(packet, 1000)) client.send(each);

      await client.end();
      await until(() => rejections().length > 0 || packet !== '40/x,', 'the rejection');
      assert.ok(harness.entries.length <= 17, `${harness.entries.length} lines`);
    });
  }

  test('of an unauthenticated client are limited in size over both transports', async () => {
    const polling = await PollingClient.open(server());
    const client = await openRawClient();

    assert.equal(await polling.post(`40{"token":"${'x'.repeat(40_000)}"}`), 413);
    client.send(`40{"token":"${'x'.repeat(40_000)}"}`);

    assert.equal(await client.end(), 1009);
  });

  test('of a request that is too large are not read to its end', async () => {
    const { path } = await PollingClient.open(server());
    const { port, hostname } = new URL(harness.url);
    const socket = connect(Number(port), hostname).setEncoding('latin1');
    let answer = '';
    socket.on('data', (text) => {
      answer += text;
    });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n` +
        `Content-Length: 1000000\r\n\r\n${'x'.repeat(40_000)}`,
    );

    const beganAt = performance.now();

    await inTime(once(socket, 'end'), 'the end of the connection');

    assert.match(answer, /^HTTP\/1\.1 413 /);
    // Less than the timeout of a silent connection.
    assert.ok(performance.now() - beganAt < 4_000);
    socket.destroy();
  });

  test('of an unauthenticated client are limited in fragments', async () => {
    const client = await openRawClient();

    for (let count = 0; count <= 64; count += 1) client.send('x', { fin: false });

    assert.equal(await client.end(), 1008);
  });

  test('of an unauthenticated client that ignores the close end its socket at once', async () => {
    const { port, hostname } = new URL(harness.url);
    const socket = connect(Number(port), hostname).resume();
    socket.write(
      `GET ${PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(socket, 'data');
    const beganAt = performance.now();
    // An unmasked text frame `2`: clients never send a ping.
    socket.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x32]));

    await once(socket, 'close');

    // Less than the timeout of a close.
    assert.ok(performance.now() - beganAt < 4_000);
  });

  test('of an authenticated client may be large', async () => {
    const client = await harness.connect('/socket.io/', 'alice');

    client.send(`421["message:send",{"content":"${'x'.repeat(90_000)}"}]`);

    await client.next('431[{"ok":false');
    client.close();
  });

  test('of an authenticated client may be as many per request as a client collects', async () => {
    const bob = await harness.tokenOf('bob');
    const client = await PollingClient.open(server(), bob);

    assert.equal(await client.post(...Array.from({ length: 500 }, () => '42["x"]')), 200);
    // The next request waits until the rate allows it: 300 packets above the burst, 100 a second.
    const { clock } = harness.chat;
    const statuses: number[] = [];
    const posts = ['429["room:list"]', '42["x"]'].map((packet) =>
      client.post(packet).then((status) => statuses.push(status)),
    );
    await until(() => statuses.length === 1, 'the rejection of the second');
    clock.advance(3_100);
    await Promise.all(posts);
    assert.deepEqual(statuses, [429, 200]);
  });

  test('of an authenticated client above that limit end the session', async () => {
    const client = await PollingClient.open(server(), await harness.tokenOf('bob'));

    await client.post(...many('42["x"]'));

    assert.equal(await client.poll(), 400, 'the session has ended');
  });

  test('of an authenticated client over a WebSocket are read no faster than the rate limit', async () => {
    const client = await harness.connect('/socket.io/', 'carol');
    const { clock } = harness.chat;
    const answers = () => client.texts.filter((text) => text.startsWith('431')).length;

    for (let count = 0; count < 300; count += 1) client.send('421["room:list"]');
    await until(() => answers() >= 200, 'the burst');
    assert.ok(answers() <= 202, `${answers()}`);

    await until(() => {
      clock.advance(50);
      return answers() === 300;
    }, 'the rest');
    client.close();
  });

  test('of a client that leaves and comes back in one session are limited in total', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error): number => warnings.push(message);
    process.on('warning', note);
    const client = await harness.connect('/socket.io/', 'dave');
    const open = `40${JSON.stringify({ token: await harness.tokenOf('dave') })}`;
    const isAdmitted = () => client.texts.filter((text) => text.startsWith('40{')).length;
    harness.entries.length = 0;

    let returns = 0;
    while (client.isOpen && returns < 100) {
      client.send('41');
      await until(() => harness.logged('connection.closed').length > returns, 'the leave');
      returns += 1;
      client.send(open);
      await until(() => isAdmitted() > returns || !client.isOpen, 'the return');
    }

    assert.equal(returns, 16);
    process.off('warning', note);
    // The connection keeps no listener of an earlier socket.
    assert.deepEqual(warnings, []);
  });

  test('of a client whose commands wait are not read after its upgrade to a WebSocket', async () => {
    const { chat, clock } = harness.chat;
    const stored = Promise.withResolvers<void>();
    const listOwnFirst = async () => {
      await stored.promise;
      return { rooms: [], hasMore: false };
    };
    Object.assign(chat.roomLists, { listOwnFirst });
    const polling = await PollingClient.open(server(), await harness.tokenOf('erin'));
    await polling.post(...Array.from({ length: 258 }, () => '42["room:list"]'));
    const client = new RawClient(
      harness.url + polling.path.replace('transport=polling', 'transport=websocket'),
    );
    await until(() => client.isOpen, 'the WebSocket');
    client.send('2probe');
    await client.next('3probe');
    const lastPoll = polling.poll();
    client.send('5');
    await lastPoll;

    for (let count = 0; count < 40; count += 1) client.send(`42["x","${'x'.repeat(50_000)}"]`);
    // Others are served meanwhile, for as long as the rate allows to read all of it.
    for (let count = 0; count < 4; count += 1) {
      clock.advance(1_000);
      (await harness.connect('/socket.io/', 'frank')).close();
    }

    assert.ok(chat.budget.bytes.commands < 50_000, `${chat.budget.bytes.commands} bytes`);
    stored.resolve();
    await until(() => {
      clock.advance(1_000);
      return client.texts.filter((text) => text.startsWith('42["error"')).length === 40;
    }, 'the answers');
    Reflect.deleteProperty(chat.roomLists, 'listOwnFirst');
    client.close();
  });
});
