/** Answers to a connection's own read, over sockets whose peer reads them slowly or at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../src/node/clock.ts';
import { copyMessage } from '../../src/node/receive/message-memory.ts';
import { FlushQueue } from '../../src/node/send/flush-queue.ts';
import { encodeMessage } from '../../src/node/send/message-encoder.ts';
import { REPLY_BATCH_BYTES } from '../../src/node/send/reply-batch-buffer.ts';
import type { SendCallback } from '../../src/node/send/send-queue.ts';
import { SocketWriter } from '../../src/node/send/socket-writer.ts';
import type { WebSocketError } from '../../src/protocol/errors.ts';
import { countWrites } from '../support/count-writes.ts';
import { connectPairOverTransport, readBytes } from '../support/socket-pair.ts';
import { chosenTls, usesDuplex } from '../support/transport.ts';
import { until } from '../support/wait.ts';

/** The fourth fits only after those before it were written, the last never. */
const SIZES = [10, 20_000, 3, REPLY_BATCH_BYTES - 20_000, 500, REPLY_BATCH_BYTES];

test('bytes that wait for a slow peer are not overwritten by later answers', async (t) => {
  const { ours, theirs } = await connectPairOverTransport(t);
  const queue = new FlushQueue();
  const buffer = new SocketWriter(ours, queue, silent, systemClock);
  const expected: Buffer[] = [];

  for (let read = 0; read < 150; read += 1) {
    buffer.cork();
    for (const size of SIZES) {
      const payload = Buffer.alloc(size, read);
      buffer.appendMessage(0x2, payload);
      expected.push(encodeMessage(0x2, payload));
    }
    buffer.append(Buffer.from('end of a read'));
    expected.push(Buffer.from('end of a read'));
    buffer.uncork();
  }
  assert.notEqual(buffer.state, 'accepted', 'the peer does not read yet');

  const received: Buffer[] = [];
  theirs.on('data', (bytes: Buffer) => received.push(bytes));
  theirs.resume();
  await until(() => buffer.bufferedBytes === 0);
  ours.end();
  await once(theirs, 'end');

  assert.ok(Buffer.concat(received).equals(Buffer.concat(expected)));
});

test('messages that are returned in their own memory arrive whole, also twice and after a wait', async (t) => {
  const { ours, theirs } = await connectPairOverTransport(t);
  const writer = new SocketWriter(ours, new FlushQueue(), silent, systemClock);
  const expected: Buffer[] = [];

  for (let read = 0; read < 150; read += 1) {
    const message = copyMessage(Buffer.alloc(4_000 + read * 200, read));
    writer.cork();
    for (const payload of [[message], [message, message], [message, 'text']][read % 3] ?? []) {
      writer.appendMessage(0x2, payload);
      expected.push(encodeMessage(0x2, payload));
    }
    writer.uncork();
  }

  // Read while most of them wait.
  const all = Buffer.concat(expected);
  assert.ok((await readBytes(theirs, all.length)).equals(all));
});

test("two connections that answer within each other's listeners keep their bytes apart", async (t) => {
  const first = await connectPairOverTransport(t);
  const second = await connectPairOverTransport(t);
  const queue = new FlushQueue();
  const outer = new SocketWriter(first.ours, queue, silent, systemClock);
  const inner = new SocketWriter(second.ours, queue, silent, systemClock);

  outer.cork();
  outer.appendMessage(0x1, 'outer 1');
  inner.cork();
  inner.appendMessage(0x1, 'inner');
  inner.uncork();
  outer.appendMessage(0x1, 'outer 2');
  outer.uncork();

  const expected = Buffer.concat([encodeMessage(0x1, 'outer 1'), encodeMessage(0x1, 'outer 2')]);
  assert.deepEqual(await readBytes(first.theirs, expected.length), expected);
  assert.deepEqual(await readBytes(second.theirs, 7), encodeMessage(0x1, 'inner'));
});

// Only a socket collects answers.
if (!usesDuplex()) {
  test('answers to two reads in a row leave together over TLS, the first time excepted', async (t) => {
    const { ours, theirs } = await connectPairOverTransport(t);
    assert(ours instanceof Socket);
    const queue = new FlushQueue();
    const writer = new SocketWriter(ours, queue, silent, systemClock);
    const other = new SocketWriter(
      (await connectPairOverTransport(t)).ours,
      queue,
      silent,
      systemClock,
    );
    let writes = 0;
    countWrites(ours, () => (writes += 1));
    const answerReads = (...texts: string[]) => {
      for (const text of texts) {
        writer.cork();
        writer.append(Buffer.from(text));
        writer.uncork();
      }
      return writes;
    };
    const isTls = chosenTls() !== undefined;

    assert.equal(answerReads('a', 'b'), isTls ? 1 : 2);
    await until(() => writer.bufferedBytes === 0);
    assert.equal(writes, 2);
    assert.equal(answerReads('c', 'd'), isTls ? 2 : 4);
    other.cork();
    assert.equal(writes, isTls ? 3 : 4);
    await until(() => writer.bufferedBytes === 0);
    answerReads('e');
    await until(() => writes === (isTls ? 4 : 5));
    await until(() => writer.bufferedBytes === 0);
    assert.equal(answerReads('f'), isTls ? 5 : 6);

    assert.equal((await readBytes(theirs, 6)).toString(), 'abcdef');
  });
}

test('the answers of a read that destroys its connection call back once, with the reason', async (t) => {
  const first = await connectPairOverTransport(t);
  const second = await connectPairOverTransport(t);
  const queue = new FlushQueue();
  const callBack = (done: SendCallback, error?: WebSocketError) => done(error);
  const destroyed = new SocketWriter(first.ours, queue, { ...silent, callBack }, systemClock);
  const next = new SocketWriter(second.ours, queue, silent, systemClock);
  const results: (string | undefined)[] = [];

  destroyed.cork();
  for (const text of ['1', '2']) {
    destroyed.appendMessage(0x1, text, (error) => results.push(`${text} ${error?.message}`));
  }
  destroyed.stop('gone');
  destroyed.uncork();
  next.cork();
  next.appendMessage(0x1, 'next');
  next.uncork();

  assert.deepEqual(results, ['1 gone', '2 gone']);
  assert.deepEqual(await readBytes(second.theirs, 6), encodeMessage(0x1, 'next'));
});

const silent = {
  handleBlocked: () => {},
  handleProgress: () => {},
  handleOutputFailure: () => {},
  callBack: () => {},
};
