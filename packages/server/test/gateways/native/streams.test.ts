/** Several connections in one WebSocket, each in a stream of its own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { STREAMS_MAX } from '../../../src/gateways/common/stream-multiplexer.ts';
import { GatewayHarness } from '../../support/gateway-harness.ts';
import { TestServer } from '../../support/running-server.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { TestSocket } from '../../support/test-socket.ts';
import { until } from '../../support/wait.ts';

describe('streams at /ws', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '3' });
  });
  after(() => server.close());

  const connect = async (username: string): Promise<StreamClient> =>
    StreamClient.connect(server.host, (await server.signUp(username)).token);

  const connectionCount = async (): Promise<number> => {
    const { connections } = (await (await fetch(`${server.url}/health`)).json()) as {
      connections: { total: number };
    };
    return connections.total;
  };

  test('are separate connections: each gets what the others do, and its own answers', async () => {
    const alice = await connect('alice');
    await alice.open(2);
    const bob = await server.connect('bob');
    const roomId = await alice.join(1, 'lobby');
    await bob.joinRoom({ roomId });
    await alice.join(2, 'lobby');

    alice.send(2, 'chat_message', { roomId, content: 'from the second stream' });

    await alice.frame(2, 'message_ack');
    assert.equal((await alice.frame(1, 'chat_message')).content, 'from the second stream');
    await bob.next('chat_message');
    assert.deepEqual(alice.framesOf(2, 'chat_message'), []);
    assert.deepEqual(alice.framesOf(1, 'message_ack'), []);
    assert.equal(alice.protocol, 'parley.v1.streams');
    assert.equal(alice.framesOf(2, 'connection_established')[0]?.contentLengthMax, 10_000);
    const [first, second] = [1, 2].map((stream) =>
      alice.framesOf(stream, 'connection_established'),
    );
    assert.notEqual(first?.[0]?.connectionId, second?.[0]?.connectionId);
    bob.close();
    await alice.close();
  });

  test('are offered beside other subprotocols, and not at other paths', async () => {
    const { token } = await server.signUp('alice');
    const offers = { protocols: ['parley', 'parley.v1.streams', `parley.token.${token}`] };
    const streams = new TestSocket(`ws://${server.host}/ws/chat`, offers);

    assert.equal(await streams.status, 101);
    assert.equal(streams.protocol, 'parley');
    streams.close();
    await streams.closed;
  });

  test('close one by one; the socket closes with the last', async () => {
    const alice = await connect('alice');
    await alice.open(2);
    await alice.open(5);
    const bob = await server.connect('bob');
    const roomId = await alice.join(2, 'closing');
    await bob.joinRoom({ roomId });

    alice.sendRaw('2-1000');
    await bob.next('user_left');
    // The server may have sent something meanwhile, and the client not have known of the end.
    alice.send(2, 'chat_message', { roomId, content: 'lost' });
    alice.sendRaw('2-1001 again');
    await alice.join(5, 'closing');
    alice.sendRaw('5-');
    alice.send(1, 'ping', {});
    await alice.frame(1, 'pong');
    assert.equal(bob.ofType('chat_message').length, 0);
    alice.sendRaw('1-1000 done');

    assert.deepEqual(await alice.ended(), { code: 1000, reason: '' });
    await until(async () => (await connectionCount()) === 1, 'the end of all streams');
    bob.close();
    await bob.closed;
  });

  test('stop together with their socket', async () => {
    const alice = await connect('alice');
    await alice.open(2);
    await until(async () => (await connectionCount()) === 2, 'two connections');

    alice.terminate();

    await until(async () => (await connectionCount()) === 0, 'their end');
  });

  test('a malformed message closes the socket with 1002, and no other client', async () => {
    const bob = await server.connect('bob');
    const messages = [
      ...['{"type":"ping","payload":{}}', '', '1', '2:{}', '0+', '2 {}', '2-1000', '1+', '1+1'],
      Buffer.from([0xff, 0x00, 0x20]),
    ];
    for (const message of messages) {
      const alice = await connect('alice');
      alice.sendRaw(message);
      alice.send(1, 'join_room', { roomName: 'never' });
      assert.equal((await alice.ended()).code, 1002, `${message}`);
      assert.equal(alice.framesOf(1, 'room_joined').length, 0);
    }
    await bob.settled();
    bob.close();
    await bob.closed;
  });

  test('bad frames are answered on their stream', async () => {
    const alice = await connect('alice');
    await alice.open(2);

    alice.sendRaw('2 {');
    alice.send(2, 'dance', {});

    assert.equal((await alice.frame(2, 'error')).code, 'INVALID_JSON');
    assert.equal((await alice.frame(2, 'error', 2)).code, 'UNKNOWN_TYPE');
    assert.deepEqual(alice.framesOf(1, 'error'), []);
    await alice.close();
  });

  test('are limited in number; a further one is closed alone', async () => {
    const alice = await connect('alice');
    for (let stream = 2; stream <= STREAMS_MAX + 1; stream += 1) alice.sendRaw(`${stream}+`);

    assert.equal(await alice.end(STREAMS_MAX + 1), '-1013 Too many streams');
    await alice.frame(STREAMS_MAX, 'connection_established');
    alice.sendRaw('3-1000');
    await alice.open(STREAMS_MAX + 2);
    await alice.close();
  });

  test('have the rate limit of a connection each', async () => {
    const alice = await connect('alice');
    await alice.open(2);
    const roomId = await alice.join(1, 'rates');
    await alice.join(2, 'rates');
    for (let count = 0; count < 4; count += 1) {
      alice.send(1, 'chat_message', { roomId, content: `${count}` });
    }
    assert.equal((await alice.frame(1, 'error')).code, 'RATE_LIMITED');

    alice.send(2, 'chat_message', { roomId, content: 'of the other' });

    await alice.frame(2, 'message_ack');
    await alice.close();
  });

  test('end with their session, and then the socket', async () => {
    const account = await server.signUp('alice');
    const alice = await StreamClient.connect(server.host, account.token);
    await alice.open(2);

    await account.must('POST', '/logout', {});

    for (const stream of [1, 2]) {
      assert.equal(await alice.end(stream), '-4001 Logged out');
      assert.equal(alice.framesOf(stream, 'session_expired').length, 1);
    }
    assert.deepEqual(await alice.ended(), { code: 4001, reason: 'Logged out' });
  });

  test('wait while the commands of one of them do, and lose none', async () => {
    const alice = await connect('alice');
    await alice.open(2);
    const roomId = await alice.join(1, 'busy');
    const commands = 600;
    for (let count = 0; count < commands; count += 1) {
      alice.send(1, 'get_members', { roomId });
      alice.send(2, 'ping', {});
    }

    await alice.frame(1, 'member_list', commands);
    await alice.frame(2, 'pong', commands);
    await alice.close();
  });
});

test('a client that does not read misses nothing on any stream, and slows no other', async () => {
  const server = await TestServer.start({
    MESSAGE_RATE_MAX: '0',
    SOFT_BUFFER_BYTES: '16384',
    HARD_BUFFER_BYTES: '32768',
  });
  const { token } = await server.signUp('alice');
  const alice = await StreamClient.connect(server.host, token);
  await alice.open(2);
  const roomId = await alice.join(1, 'slow');
  await alice.join(2, 'slow');
  const bob = await server.connect('bob');
  await bob.joinRoom({ roomId });

  alice.setReading(false);
  // Together more than the buffers of the system hold.
  const contents = Array.from({ length: 900 }, (_, count) => `${count} ${'🙂'.repeat(990)}`);
  for (const content of contents) bob.send('chat_message', { roomId, content });
  await until(() => bob.ofType('message_ack').length === contents.length, 'the acknowledgements');
  alice.setReading(true);

  for (const stream of [1, 2]) {
    await until(() => alice.framesOf(stream, 'chat_message').length >= contents.length, 'all');
    const received = alice.framesOf(stream, 'chat_message').map(({ content }) => content);
    assert.deepEqual(received, contents);
  }
  bob.close();
  await alice.close();
  await server.close();
});

describe('the limits of connections', () => {
  test('count each stream, and an end frees its slot', async () => {
    const server = await TestServer.start({ MAX_CONNECTIONS: '3' });
    const { token } = await server.signUp('alice');
    const alice = await StreamClient.connect(server.host, token);
    await alice.open(2);
    await alice.open(3);
    assert.equal(await server.upgradeStatus(`/ws?token=${token}`), 503);

    alice.sendRaw('4+');
    assert.equal(await alice.end(4), '-1013 Try again later');
    alice.sendRaw('2-1000');
    await alice.open(5);

    await alice.close();
    await server.close();
  });
});

test('a server that stops closes the socket of streams with 1001', async () => {
  const server = await TestServer.start();
  const { token } = await server.signUp('alice');
  const alice = await StreamClient.connect(server.host, token);
  await alice.open(2);

  await server.close();

  assert.equal((await alice.ended()).code, 1001);
});

test('a server that drains announces it to each stream, and closes the socket with 1012', async () => {
  const harness = await GatewayHarness.start();
  const token = await harness.tokenOf('alice');
  const { host } = new URL(harness.url);
  const alice = await StreamClient.connect(host, token);
  await alice.open(2);

  await harness.drain('/ws');

  for (const stream of [1, 2]) await alice.frame(stream, 'server_draining');
  assert.equal((await alice.ended()).code, 1012);
  await harness.close();
});
