/**
 * `npm run cluster`, as a person tries it. `PARLEY_TEST_CLUSTER_CASSANDRA=1` adds `--cassandra`, which
 * needs Java 17 and Maven.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { killAtExit } from '../support/kill-at-exit.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/cluster.ts');
const NODES = 3;
const hasCassandra = process.env['PARLEY_TEST_CLUSTER_CASSANDRA'] === '1';

test('npm run cluster shows nodes that act as one behind their proxy, and ends completely', {
  skip: redisSkip() || postgresSkip(),
}, async () => {
  const args = [SCRIPT, ...(hasCassandra ? ['--cassandra'] : [])];
  // A group of its own, as a terminal gives it.
  const command = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const { pid = assert.fail('it did not start') } = command;
  const exited = once(command, 'exit');
  killAtExit(command);
  const addresses: string[] = [];
  const lines = createInterface(command.stdout)[Symbol.asyncIterator]();
  while (addresses.length < 1 + NODES + (hasCassandra ? 3 : 2)) {
    const { value: line } = await lines.next();
    assert(line !== undefined, 'the command has ended');
    const address = /^ {2}(\w+:\/\/\S+)/.exec(line)?.[1];
    if (address !== undefined) addresses.push(address);
  }
  const [proxy = '', ...nodes] = addresses;
  const alice = await (await Account.signUp(proxy, 'alice')).connect();
  const account = await Account.signUp(proxy, 'bob');
  const sockets = [alice];
  await until(async () => {
    sockets.push(await account.connect());
    const counts = await Promise.all(nodes.slice(0, NODES).map(countConnections));
    return counts.filter((count) => count > 0).length > 1;
  }, 'a connection to another node');
  const bob = sockets.at(-1);
  assert(bob !== undefined);
  const { roomId } = await alice.joinRoom({ roomName: 'lobby' });
  await bob.joinRoom({ roomName: 'lobby' });

  await alice.sendMessage({ roomId, content: 'hello from one node' });

  assert.equal((await bob.next('chat_message')).content, 'hello from one node');
  if (hasCassandra) assert.match(addresses.at(-1) ?? '', /^cassandra:/);
  for (const socket of sockets) socket.terminate();
  // Ctrl-C reaches all processes of the group.
  process.kill(-pid, 'SIGINT');
  assert.deepEqual(await exited, [0, null]);
  for (const url of nodes.slice(0, NODES)) await assert.rejects(fetch(url));
});

async function countConnections(url: string): Promise<number> {
  const health = (await (await fetch(`${url}/health`)).json()) as {
    readonly connections: { readonly total: number };
  };
  return health.connections.total;
}
