/** More idle TCP connections than the server has file descriptors. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { Account } from '../support/account.ts';
import { endAll, started } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { inTime, until } from '../support/wait.ts';

const DESCRIPTORS = 256;
const SOCKETS_MAX = 3 * DESCRIPTORS;
/** Longer than the 5 s between two samples of the memory usage. */
const ATTACK_MS = 7_000;

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await endAll();
});

async function openSocket(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.push(socket.resume());
  await once(socket, 'connect');
  socket.on('error', () => {}); // The server may reset it at any time.
  socket.write(text);
}

/** Nothing, half a request, and a whole request on a connection that stays open. */
const TEXTS = ['', 'GET /health HTTP/1.1\r\n', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'];

test('serves other clients while there are more idle sockets than descriptors', async () => {
  const { child, url } = await started(
    { DATA_DIR: temporaryDirectory() },
    { descriptorsMax: DESCRIPTORS },
  );
  const alice = await (await Account.signUp(url, 'alice')).connect();

  const isServed = async (): Promise<void> => {
    const asked = fetch(`${url}/health`, { headers: { connection: 'close' } });
    assert.equal((await inTime(asked, 'the answer of /health')).status, 200);
  };
  const beganAtMs = performance.now();
  while (sockets.length < SOCKETS_MAX) {
    await Promise.all([...TEXTS, ...TEXTS].map((text) => openSocket(url, text)));
    await isServed();
  }
  await until(() => performance.now() - beganAtMs > ATTACK_MS, 'the end of the attack');
  for (let count = 0; count < 20; count += 1) await isServed();

  assert.equal(child.exitCode, null);
  const { roomId } = await alice.joinRoom({ roomName: 'lobby' });
  assert.equal(typeof roomId, 'string');
});
