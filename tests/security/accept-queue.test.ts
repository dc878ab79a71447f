/** Clients that all connect at once, as after a restart, while the server is busy. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { DESCRIPTOR_LIMIT } from '../../packages/server/src/system/descriptor-limit.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { inTime } from '../../packages/server/test/support/wait.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';

/** More than Node's default for a server, 511. */
const CLIENTS = 1_000;

test('clients wait in the queue of the system, not for TCP to try again', {
  skip: findObstacle(),
}, async (t) => {
  const server = await ParleyProcess.start({
    PORT: await findFreePort(),
    DATA_DIR: temporaryDirectory(),
  });
  t.after(() => server.kill());
  const { hostname, port } = new URL(server.url);

  process.kill(server.pid, 'SIGSTOP');
  const sockets = Array.from({ length: CLIENTS }, () => connect(Number(port), hostname));
  t.after(() => sockets.map((socket) => socket.destroy()));
  await inTime(Promise.all(sockets.map((socket) => once(socket, 'connect'))), 'the connections');
  process.kill(server.pid, 'SIGCONT');

  const last = sockets.at(-1);
  assert(last !== undefined);
  last.write(`GET /health HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  const [answer] = await inTime(once(last, 'data'), 'the answer');
  assert.match(String(answer), /^HTTP\/1.1 200 /);
});

function findObstacle(): string | false {
  if (process.platform !== 'linux') return 'the length of the queue is known of Linux only';
  const longest = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  if (longest < CLIENTS) return `this system queues at most ${longest} connections`;
  if (DESCRIPTOR_LIMIT !== undefined && DESCRIPTOR_LIMIT < 4 * CLIENTS)
    return `the limit of descriptors is ${DESCRIPTOR_LIMIT}`;
  return false;
}
