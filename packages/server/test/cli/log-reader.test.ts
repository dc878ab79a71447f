/** The server keeps running if the reader of its output leaves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, test } from 'node:test';
import { Account, post } from '../support/account.ts';
import { endAll, exitOf, started } from '../support/parley-command.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

afterEach(endAll);

async function leave(stream: Readable | null): Promise<void> {
  assert(stream !== null);
  stream.destroy();
  if (!stream.closed) await once(stream, 'close');
}

test('a server continues if its log is no longer read, and stops normally', async () => {
  const { child, url } = await started({ DATA_DIR: temporaryDirectory(), LOG_LEVEL: 'debug' });
  await leave(child.stdout);
  await leave(child.stderr);

  const socket = await (await Account.signUp(url, 'alice')).connect();
  const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
  const ack = await socket.sendMessage({ roomId, content: 'hello' });

  assert.equal(ack.sequence, 1);
  const exit = exitOf(child);
  child.kill('SIGTERM');
  assert.equal((await socket.closed).code, 1001);
  assert.deepEqual(await exit, { code: 0 });
});

test('a server that fails reports the reason once in its log and on standard error, and exits with 1', async () => {
  const fail = `process.on('SIGUSR2', () => {
    for (const name of ['first', 'second']) setImmediate(() => { throw new Error(name); });
  });`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fail)}`;
  const { child } = await started({ DATA_DIR: temporaryDirectory(), NODE_OPTIONS });
  assert(child.stdout !== null && child.stderr !== null);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);

  const exit = exitOf(child);
  child.kill('SIGUSR2');

  assert.deepEqual(await exit, { code: 1 });
  const [log, complaint] = await said;
  const lines = log.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ event, error }) => [event, error.message]),
    [['server.failed', 'first']],
  );
  assert.match(complaint, /^server\.failed: Error: first\n {4}at /);
  assert.doesNotMatch(complaint, /Error: second/);
});

test('the log says who could not log in, and why, but no text that may be a password', async () => {
  const { child, url } = await started({ DATA_DIR: temporaryDirectory(), LOG_LEVEL: 'info' });
  assert(child.stdout !== null);
  const said = text(child.stdout);
  await Account.signUp(url, 'alice');
  for (const username of ['alice', 'tobais', 'bob', 'My Secret Pass!']) {
    await post(`${url}/login`, { username, password: 'no password of alice' });
  }
  const exit = exitOf(child);
  child.kill('SIGTERM');
  await exit;

  const lines = (await said)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines
      .filter(({ event }) => event === 'login.refused')
      .map(({ username, reason }) => [username, reason]),
    [
      ['alice', 'wrong-password'],
      ['tobais', 'unknown-account'],
      ['bob', 'unknown-account'],
      [undefined, 'unknown-account'],
    ],
  );
  const session = lines.find(({ event }) => event === 'session.started');
  assert.equal(session?.['username'], 'alice');
});
