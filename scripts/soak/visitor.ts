/**
 * A client that connects, sends and disconnects, again and again: `ws` or our own, with
 * compression or without, and disconnecting in all the ways that clients do.
 */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '@parley/websocket';
import { WebSocket } from 'ws';
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import { TEST_TLS } from '../../packages/websocket/test/support/transport.ts';
import { inTime as inTimeOf } from '../../packages/websocket/test/support/wait.ts';

const SIZES = [0, 10, 100, 100, 1_000, 1_000, 5_000, 70_000] as const;
const MESSAGES_PER_VISIT_MAX = 40;
/** Messages sent before the first answer is awaited. */
const IN_FLIGHT = [1, 1, 4, 16] as const;

/** A soak shares its machine for half an hour, and may get little CPU time for a while. */
const DEADLINE_MS = 60_000;

interface Visit {
  readonly messages: number;
  readonly bytes: number;
}

/** The operations that both clients support. */
interface Client {
  send(data: string | Buffer): void;
  ping(): void;
  /** Closes with a close frame, and waits for the end. */
  close(): Promise<void>;
  /** Terminates at once, without a close frame. */
  cut(): void;
}

/** The events of a client. */
interface ClientSink {
  take(data: Buffer, isBinary: boolean): void;
  /** The connection closed, by either end. */
  end(error: Error): void;
}

/** Throws if an answer differs from what was sent, or does not arrive. */
export async function visit(url: string, random: SeededRandom): Promise<Visit> {
  const answers: (string | Buffer)[] = [];
  let wake = (): void => {};
  const take = (data: Buffer, isBinary: boolean): void => {
    answers.push(isBinary ? Buffer.from(data) : data.toString());
    wake();
  };
  let fail = (_error: Error): void => {};
  const open = random.isOneIn(2) ? openWs : openOurs;
  const client = await open(url, random.isOneIn(2), { take, end: (error) => fail(error) });

  const count = random.below(MESSAGES_PER_VISIT_MAX);
  const inFlight = random.pick(IN_FLIGHT);
  let bytes = 0;
  let messages = 0;
  while (messages < count) {
    const batch = Array.from({ length: inFlight }, () => makeMessage(random));
    for (const message of batch) client.send(message);
    if (random.isOneIn(4)) client.ping();
    await inTime(
      new Promise<void>((resolve, reject) => {
        wake = () => answers.length >= batch.length && resolve();
        fail = reject;
      }),
      'the answers',
    );
    assert.deepEqual(answers.splice(0), batch);
    messages += batch.length;
    bytes += batch.reduce((sum, message) => sum + Buffer.byteLength(message), 0);
  }
  await leave(client, random);
  return { messages, bytes };
}

/** Time between two messages of a permanent connection in milliseconds; mean, uniform spread. */
const SILENCE_MS = 2_000;

/**
 * Opens a connection that stays until the signal, and sends now and then. `ended`
 * rejects if an answer differs or does not arrive.
 */
export async function stay(
  url: string,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<void> }> {
  let answer: ((data: string | Buffer) => void) | undefined;
  let fail = (_error: Error): void => {};
  const client = await openOurs(url, random.isOneIn(2), {
    take: (data, isBinary) => answer?.(isBinary ? Buffer.from(data) : data.toString()),
    end: (error) => fail(error),
  });
  return { ended: talk() };

  async function talk(): Promise<void> {
    while (!signal.aborted) {
      await wait(random.below(2 * SILENCE_MS), undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      const message = makeMessage(random);
      const answered = new Promise((resolve, reject) => {
        answer = resolve;
        fail = reject;
      });
      client.send(message);
      assert.deepEqual(await inTime(answered, 'an answer'), message);
    }
    await inTime(client.close(), 'the connection to close');
  }
}

async function leave(client: Client, random: SeededRandom): Promise<void> {
  if (random.isOneIn(3)) {
    // With a message in flight, as when a phone loses its network.
    client.send('nobody waits for this');
    client.cut();
    return;
  }
  await inTime(client.close(), 'the connection to close');
}

async function openWs(
  url: string,
  hasDeflate: boolean,
  { take, end }: ClientSink,
): Promise<Client> {
  const socket = new WebSocket(url, { perMessageDeflate: hasDeflate, ca: TEST_TLS.cert });
  socket.on('message', (data: Buffer, isBinary) => take(data, isBinary));
  await inTime(
    new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject)),
    'ws to open',
  );
  socket.on('error', () => {});
  socket.on('close', (code, reason) => end(new Error(`closed: ${code} ${reason}`)));
  return {
    send: (data) => socket.send(data),
    ping: () => socket.ping('are you there'),
    close: () =>
      new Promise((resolve) => {
        socket.once('close', () => resolve());
        socket.close(1000, 'bye');
      }),
    cut: () => socket.terminate(),
  };
}

async function openOurs(
  url: string,
  hasDeflate: boolean,
  { take, end }: ClientSink,
): Promise<Client> {
  const connection = await connect(url, {
    perMessageDeflate: hasDeflate,
    handshakeTimeout: DEADLINE_MS,
    ...(url.startsWith('wss:') && { tls: { ca: TEST_TLS.cert } }),
  });
  connection.on('message', take);
  connection.on('close', ({ code, reason }) => end(new Error(`closed: ${code} ${reason}`)));
  return {
    send: (data) =>
      typeof data === 'string' ? connection.sendText(data) : connection.sendBinary(data),
    ping: () => connection.ping('are you there'),
    close: () =>
      new Promise((resolve) => {
        connection.once('close', () => resolve());
        connection.close(1000, 'bye');
      }),
    cut: () => connection.destroy(),
  };
}

const inTime = <T>(promise: Promise<T>, what: string) => inTimeOf(promise, what, DEADLINE_MS);

/** Half of it compressible text, half of it incompressible bytes. */
function makeMessage(random: SeededRandom): string | Buffer {
  const size = random.pick(SIZES);
  if (random.isOneIn(2)) return random.bytes(size);
  const words = Array.from({ length: Math.ceil(size / 8) }, () => `word ${random.below(100)} `);
  return words.join('').slice(0, size);
}
