/** Applications that transfer the memory of messages, for instance to a thread. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { READ_BUFFER_USES } from '../../src/node/receive/shared-read-buffer.ts';
import { binary } from '../support/bytes.ts';
import { startServer } from '../support/test-server.ts';
import { until } from '../support/wait.ts';

function transfer({ buffer }: Uint8Array): void {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
}

/** Of the messages that arrived, and whether each could be transferred. */
async function transferReceived(
  t: TestContext,
  readBuffer: (typeof READ_BUFFER_USES)[number],
  sizes: readonly number[],
): Promise<readonly { readonly byteCount: number; readonly isTransferred: boolean }[]> {
  const { open } = await startServer(t, { readBuffer });
  const { peer, connection } = await open();
  const received: { byteCount: number; isTransferred: boolean }[] = [];
  connection.on('message', (data) => {
    const byteCount = data.length;
    assert(data.every((byte) => byte === 7));
    let isTransferred = true;
    try {
      transfer(data);
    } catch (error) {
      assert.equal((error as Error).name, 'DataCloneError');
      isTransferred = false;
    }
    received.push({ byteCount, isTransferred });
  });
  peer.send(Buffer.concat(sizes.map((size) => binary(Buffer.alloc(size, 7)))));
  await until(() => received.length === sizes.length);
  // The memory of later reads is not affected.
  peer.send(binary(Buffer.alloc(5, 7)));
  await until(() => received.length === sizes.length + 1);
  return received;
}

for (const readBuffer of READ_BUFFER_USES) {
  test(`messages that share memory cannot be transferred, with readBuffer ${readBuffer}`, async (t) => {
    const received = await transferReceived(t, readBuffer, [5, 5, 20_000, 1_000, 5_000]);
    assert.deepEqual(
      received.filter(({ isTransferred }) => isTransferred),
      [],
    );
  });
}

test('a message that has memory of its own can be transferred', async (t) => {
  const [, large] = await transferReceived(t, 'shared', [5, 300_000, 5]);
  assert.deepEqual(large, { byteCount: 300_000, isTransferred: true });
});

for (const place of ['alone', 'behind another', 'before another', 'between others']) {
  test(`a message whose memory is transferred before it was sent ends its connection, ${place}`, async (t) => {
    const { open, closes } = await startServer(t);
    const other = await open();
    const { connection } = await open();
    const errors: string[] = [];
    const results: unknown[] = [];
    connection.on('error', ({ message }) => errors.push(message));

    const message = new Uint8Array(100_000);
    if (/behind|between/.test(place)) connection.sendText('before');
    connection.sendBinary(message, (error) => results.push(error?.message));
    if (/before|between/.test(place)) connection.sendText('after');
    transfer(message);
    other.connection.sendText('still here');

    assert.equal(await other.peer.nextText(), 'still here');
    await until(() => closes.length === 1);
    assert.equal(closes[0]?.id, connection.id);
    assert.deepEqual(errors, [
      'the memory of a message was transferred or resized before it was sent',
    ]);
    assert.deepEqual(results, ['the connection was destroyed']);
  });
}

for (const place of ['alone', 'behind another', 'before another', 'between others']) {
  test(`a message whose memory is transferred before it was compressed ends its connection, ${place}`, async (t) => {
    const { server, open, closes } = await startServer(t, { perMessageDeflate: {} });
    const { connection } = await open({ 'Sec-WebSocket-Extensions': 'permessage-deflate' });
    const errors: string[] = [];
    const results: unknown[] = [];
    connection.on('error', ({ message }) => errors.push(message));

    const other = new Uint8Array(100_000);
    // A thread compresses it in several steps.
    const message = new Uint8Array(randomBytes(900_000));
    if (/behind|between/.test(place)) connection.sendBinary(other);
    connection.sendBinary(message, (error) => results.push(error?.message));
    if (/before|between/.test(place)) connection.sendBinary(other);
    transfer(message);

    await until(() => closes.length === 1);
    assert.deepEqual(errors, [
      'the memory of a message was transferred or resized before it was sent',
    ]);
    assert.deepEqual(results, ['the connection was destroyed']);
    await server.shutdown();
  });
}

test('a message that finds the memory of an earlier one transferred is not accepted, and calls back', async (t) => {
  const { open, closes } = await startServer(t, { writeBufferLimit: 100_100 });
  const { connection } = await open();
  const results: unknown[] = [];
  const message = new Uint8Array(100_000);
  connection.sendBinary(message, (error) => results.push(error?.message));
  transfer(message);

  assert.equal(
    connection.sendText('more than the limit'.repeat(10), (error) => results.push(error?.message)),
    false,
  );

  await until(() => closes.length === 1 && results.length === 2);
  assert.deepEqual(results.sort(), ['cannot send in state CLOSED', 'the connection was destroyed']);
  assert.equal(connection.bufferedBytes, 0);
});

for (const byteCount of [0, 4_000, 12_000]) {
  test(`a message that is resized to ${byteCount} bytes before it is sent ends its connection`, async (t) => {
    const { open, closes } = await startServer(t);
    const { connection } = await open();
    const memory = new ArrayBuffer(8_000, { maxByteLength: 12_000 });

    connection.sendBinary(new Uint8Array(memory));
    memory.resize(byteCount);

    await until(() => closes.length === 1);
    assert.equal(closes[0]?.code, 1006);
  });
}

test('a peer gets all messages before one whose memory was transferred, and nothing after them', async (t) => {
  const { open, closes } = await startServer(t);
  const { peer, connection } = await open();
  const results: string[] = [];
  const send = (name: string, message: Uint8Array) =>
    connection.sendBinary(message, (error) => results.push(error === undefined ? name : 'lost'));
  const errors: string[] = [];
  connection.on('error', ({ message }) => {
    errors.push(message);
    for (let count = 0; count < 3; count += 1) connection.sendText('within the listener');
  });

  send('first', new Uint8Array(60_000));
  send('second', new Uint8Array(60_000));
  const message = new Uint8Array(200_000);
  send('transferred', message);
  send('behind', new Uint8Array(60_000));
  transfer(message);

  assert.equal((await peer.nextFrame()).payload.length, 60_000);
  assert.equal((await peer.nextFrame()).payload.length, 60_000);
  await until(() => closes.length === 1);
  assert(peer.isSilent);
  assert.deepEqual(results, ['first', 'second', 'lost', 'lost']);
  assert.equal(errors.length, 1);
});
