/** Methods that a test double or a subclass replaces: automatic replies go through them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, close, ping, text } from '../support/bytes.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { turns, until } from '../support/wait.ts';
import { closing, event, type Implementation, OWN, pair, serve, testBoth } from './both.ts';

type Test = Parameters<typeof testBoth>[1] extends (_: never, t: infer T) => unknown ? T : never;

/** A server whose sockets record the calls of their methods; `answers`: and pass them on. */
async function startRecording(t: Test, each: Implementation, { answers }: { answers: boolean }) {
  const calls: unknown[][] = [];
  class Recording extends each.WebSocket {
    override pong(...given: Parameters<InstanceType<typeof each.WebSocket>['pong']>): void {
      calls.push(['pong', String(given[0])]);
      if (answers) super.pong(...given);
    }
    override close(...given: Parameters<InstanceType<typeof each.WebSocket>['close']>): void {
      calls.push(['close', ...given.map(String)]);
      if (answers) super.close(...given);
    }
  }
  const { port, sockets } = await serve(t, each, { WebSocket: Recording });
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  await peer.upgrade();
  await until(() => sockets.length === 1, 'the socket of the server');
  // There is one now.
  return { calls, peer, socket: sockets[0] as NonNullable<(typeof sockets)[0]> };
}

testBoth('the methods of a subclass answer pings and close frames', async (each, t) => {
  const { calls, peer, socket } = await startRecording(t, each, { answers: true });
  const end = closing(socket);

  peer.send(ping('a'));
  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.from('a') });
  peer.send(close(4_000, 'bye'));

  assert.equal(await peer.nextCloseCode(), 4_000);
  peer.socket.end();
  assert.deepEqual(await end, [4_000, 'bye']);
  assert.deepEqual(calls.slice(0, 2), [
    ['pong', 'a'],
    ['close', '4000', 'bye'],
  ]);
});

testBoth('an empty close frame calls close without arguments', async (each, t) => {
  const { calls, peer, socket } = await startRecording(t, each, { answers: true });
  const end = closing(socket);

  peer.send(close());

  assert.equal(await peer.nextCloseCode(), 1_005);
  peer.socket.end();
  assert.deepEqual(await end, [1_005, '']);
  assert.deepEqual(calls[0], ['close']);
});

testBoth('a violation calls close with its code', async (each, t) => {
  const { calls, peer, socket } = await startRecording(t, each, { answers: true });
  const failure = event(socket, 'error');
  const end = closing(socket);

  peer.send(bytes('83 80 00 00 00 00'));

  assert.equal(await peer.nextCloseCode(), 1_002);
  await failure;
  peer.socket.end();
  assert.equal((await end)[0], 1_006);
  assert.deepEqual(calls[0]?.slice(0, 2), ['close', '1002']);
});

testBoth('methods that do nothing simulate a peer that does not reply', async (each, t) => {
  const { calls, peer, socket } = await startRecording(t, each, { answers: false });
  const end = closing(socket);
  const messages: unknown[] = [];
  socket.on('message', (data) => messages.push(data));

  peer.send(Buffer.concat([ping('a'), close(4_000, 'bye'), text('late')]));
  await until(() => calls.length === 2, 'the calls');
  await turns();

  assert.equal(peer.isSilent, true);
  assert.equal(socket.readyState, socket.OPEN);
  peer.socket.end();
  assert.deepEqual(await end, [4_000, 'bye']);
  assert.deepEqual(messages, []);
});

testBoth('a pong replaced at one client leaves its server without an answer', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const pinged = event(client, 'ping');
  let pongs = 0;
  socket.on('pong', () => (pongs += 1));
  client.pong = () => {};

  socket.ping('a');
  await pinged;
  socket.ping('b');
  await event(client, 'ping');
  const { pong } = Object.getPrototypeOf(client);
  client.pong = pong;
  socket.ping('c');

  assert.equal(String((await event(socket, 'pong'))[0]), 'c');
  assert.equal(pongs, 1);
});

test('a code that a server may not send is answered by the engine, and nothing throws', async (t) => {
  const { calls, peer, socket } = await startRecording(t, OWN, { answers: true });
  const end = closing(socket);

  peer.send(close(1_010));

  assert.equal(await peer.nextCloseCode(), 1_010);
  peer.socket.end();
  assert.deepEqual(await end, [1_010, '']);
  assert.deepEqual(calls, []);
});
