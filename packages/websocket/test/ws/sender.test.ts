/** Frames that are encoded once for many sockets, as engine.io does for broadcasts. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as real from 'ws';
import { Sender } from '../../src/ws/index.ts';
import { until } from '../support/wait.ts';
import { closing, type Implementation, pair, testBoth } from './both.ts';

// The types of `ws` omit it.
const { Sender: RealSender } = real as unknown as { readonly Sender: typeof Sender };

interface WithSender {
  readonly _sender: {
    sendFrame(parts: readonly Uint8Array[], done?: (error?: Error) => void): void;
  };
}

async function pairWithSender(t: TestContext, each: Implementation) {
  const { client, socket } = await pair(t, each);
  const received: string[] = [];
  client.on('message', (data, isBinary) => received.push(`${data} ${isBinary}`));
  // engine.io calls it, although the types omit it.
  return { client, socket, received, sender: (socket as unknown as WithSender)._sender };
}

const TEXT = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };

test('frames are those of ws, byte for byte', () => {
  for (const size of [0, 1, 125, 126, 65_535, 65_536]) {
    for (const options of [TEXT, { ...TEXT, opcode: 2, fin: false }, { ...TEXT, rsv1: true }]) {
      const data = Buffer.alloc(size, 'a');
      assert.deepEqual(Sender.frame(data, options), RealSender.frame(data, options));
    }
  }
});

test('a masked frame is one part, and leaves the data unchanged', () => {
  const data = Buffer.from('hello');

  const [frame, ...more] = Sender.frame(data, { ...TEXT, mask: true });

  assert.equal(more.length, 0);
  assert.equal(frame?.length, 2 + 4 + 5);
  assert.equal(data.toString(), 'hello');
});

testBoth(
  'a frame is sent in order with other messages, and its callback is called',
  async (each, t) => {
    const { socket, sender, received } = await pairWithSender(t, each);
    const calls: unknown[] = [];
    const large = Buffer.alloc(100_000, 'b');

    socket.send('before');
    sender.sendFrame(Sender.frame(Buffer.from('a'), TEXT), (error) => calls.push(error));
    sender.sendFrame(Sender.frame(large, { ...TEXT, opcode: 2 }), (error) => calls.push(error));
    sender.sendFrame(Sender.frame(Buffer.alloc(0), TEXT));
    socket.send('after');

    await until(() => received.length === 5, 'all messages');
    assert.deepEqual(received, [
      'before false',
      'a false',
      `${large} true`,
      ' false',
      'after false',
    ]);
    await until(() => calls.length === 2, 'both calls');
    assert(calls.every((error) => error === undefined || error === null));
  },
);

testBoth('a frame that comes too late is called back with an error', async (each, t) => {
  const { client, socket, sender } = await pairWithSender(t, each);
  const end = closing(socket);
  client.terminate();
  await end;
  const errors: unknown[] = [];

  sender.sendFrame(Sender.frame(Buffer.from('late'), TEXT), (error) => errors.push(error));

  await until(() => errors.length === 1, 'the call');
  assert(errors[0] instanceof Error);
});
