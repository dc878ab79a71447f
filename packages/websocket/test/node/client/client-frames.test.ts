/** Frames of the client, and its responses to a server that violates the protocol. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ClientOptions, type Connection, connect } from '../../../src/index.ts';
import { bytes, text } from '../../support/bytes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type RawClientSocket, startRawServer } from '../../support/raw-server.ts';
import { pass } from '../../support/test-server.ts';
import { inTime, outcomeOf, turns, until } from '../../support/wait.ts';

async function open(
  t: TestContext,
  options: Partial<ClientOptions> = {},
): Promise<{ readonly client: Connection; readonly server: RawClientSocket }> {
  const { url, next } = await startRawServer(t);
  const attempt = connect(url, options);
  const server = await next();
  await server.accept();
  const client = await inTime(attempt, 'the connection');
  t.after(() => client.destroy());
  return { client, server };
}

test('every frame is masked with a new key, control frames too', async (t) => {
  const { client, server } = await open(t);

  client.sendText('a');
  client.sendText('a');
  client.sendBinary(Buffer.alloc(70_000, 1));
  client.ping('b');
  client.pong('c');
  server.send(bytes('8901 64'));

  const frames = [];
  for (let count = 0; count < 6; count += 1) frames.push(await server.nextFrame());
  const firsts = frames.map(({ first }) => first);
  assert.deepEqual(firsts, [0x81, 0x81, 0x82, 0x89, 0x8a, 0x8a]);
  assert.equal(new Set(frames.map(({ key }) => key)).size, 6);
  assert.deepEqual(frames[2]?.payload, Buffer.alloc(70_000, 1));
  assert.equal(frames[5]?.payload.toString(), 'd');
});

test('the mask does not change the bytes of the application', async (t) => {
  const { client, server } = await open(t);
  const message = Buffer.alloc(10_000, 'abc');

  client.sendBinary(message);

  const { payload } = await server.nextFrame();
  assert.deepEqual(payload, Buffer.alloc(10_000, 'abc'));
  assert.deepEqual(message, Buffer.alloc(10_000, 'abc'));
});

test('a masked frame of a server ends the connection with 1002', async (t) => {
  const { client, server } = await open(t);
  const faults: string[] = [];
  client.on('error', (error) => faults.push(error.code));
  const outcome = outcomeOf(client);

  server.send(text('masked'));

  assert.equal(await server.nextCloseCode(), 1_002);
  server.socket.end();
  assert.equal((await outcome).code, 1_002);
  assert.deepEqual(faults, ['MASKED_SERVER_FRAME']);
});

const FAULTY_FRAMES: Readonly<Record<string, readonly [closeCode: number, hex: string]>> = {
  'a reserved bit': [1_002, 'c101 61'],
  'a reserved opcode': [1_002, '8300'],
  'text that is not UTF-8': [1_007, '8101 ff'],
  'a message above the limit': [1_009, '827f 0000000000100001'],
  'a close frame with a reserved code': [1_002, '8802 03ed'],
  'a close frame with one byte': [1_002, '8801 03'],
  'a continuation without a beginning': [1_002, '8000'],
  'a length that is not in its shortest form': [1_002, '827e 0001 61'],
};

for (const [name, [closeCode, hex]] of Object.entries(FAULTY_FRAMES)) {
  test(`${name} is answered with ${closeCode}`, async (t) => {
    const { server } = await open(t);

    server.send(bytes(hex));

    assert.equal(await server.nextCloseCode(), closeCode);
  });
}

test('frames that arrive with the response, in fragments with a ping between, are read', async (t) => {
  const { url, next } = await startRawServer(t);
  const attempt = connect(url);
  const server = await next();
  await server.accept('', bytes('0102 6869 8901 70 8001 21'));
  const client = await inTime(attempt, 'the connection');
  t.after(() => client.destroy());
  const received: string[] = [];

  client.on('message', (data) => received.push(data.toString()));

  await until(() => received.length === 1, 'the message');
  assert.deepEqual(received, ['hi!']);
  assert.equal((await server.nextFrame()).first, 0x8a);
});

test('a close frame is answered with its code, and the server ends TCP', async (t) => {
  const { client, server } = await open(t);
  const outcome = outcomeOf(client);

  server.send(bytes('8802 03e9'));

  assert.equal(await server.nextCloseCode(), 1_001);
  await turns(20);
  assert.equal(server.hasEnded, false);
  server.socket.end();
  assert.deepEqual(await outcome, { code: 1_001, reason: '', wasClean: true });
  await until(() => server.hasEnded, 'the end of the client');
});

test('a server that does not end TCP after the close frames is cut after closeTimeout', async (t) => {
  const clock = new FakeClock();
  const { client, server } = await open(t, { clock });
  const outcome = outcomeOf(client);
  client.close();
  assert.equal(await server.nextCloseCode(), 1_000);
  server.send(bytes('8802 03e8'));
  await turns(20);

  clock.advance(4_999);
  assert.equal(client.state, 'CLOSING');
  clock.advance(1);

  assert.deepEqual(await outcome, { code: 1_000, reason: '', wasClean: true });
  assert.equal(clock.timerCount, 0);
});

test('a server that hangs up without a close frame is reported as 1006', async (t) => {
  const { client, server } = await open(t);
  const outcome = outcomeOf(client);

  server.socket.end();

  assert.deepEqual(await outcome, { code: 1_006, reason: '', wasClean: false });
});

test('a server that stops responding is dead after its missed pongs', async (t) => {
  const clock = new FakeClock();
  const { client, server } = await open(t, { clock });
  const outcome = outcomeOf(client);

  await pass(clock, 55_000);

  assert.equal((await server.nextFrame()).first, 0x89);
  server.socket.end();
  assert.equal((await outcome).code, 1_006);
});

test('a message that the server does not finish ends with 1008', async (t) => {
  const clock = new FakeClock();
  const { server } = await open(t, { clock, enableHeartbeat: false });
  server.send(bytes('0101 61'));
  await turns(20);

  await pass(clock, 31_000);

  assert.equal(await server.nextCloseCode(), 1_008);
});
