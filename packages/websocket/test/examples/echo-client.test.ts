/** `examples/echo-client.mjs`, as a separate process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startServer } from '../support/test-server.ts';
import { inTime, until } from '../support/wait.ts';

const PROGRAM = join(import.meta.dirname, '../../examples/echo-client.mjs');

function start(t: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', error: '' };
  child.stdout.on('data', (chunk) => (output.out += chunk));
  child.stderr.on('data', (chunk) => (output.error += chunk));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.after(() => child.kill('SIGKILL'));
  return { output, exit: inTime(exit, 'the program to end') };
}

test('it echoes messages until the server closes, and exits with 0', async (t) => {
  const { port, connections } = await startServer(t, { maxMessageSize: 4_000_000 });
  const { output, exit } = start(t, `ws://127.0.0.1:${port}/case`, '--max-message', '4000000');
  await until(() => connections.length === 1, 'the client');
  const received: string[] = [];
  const [connection] = connections;
  connection?.on('message', (data, isBinary) => received.push(`${isBinary} ${data.length}`));

  connection?.sendText('é');
  connection?.sendBinary(Buffer.alloc(3_000_000));
  await until(() => received.length === 2, 'both echoes');
  connection?.close(1_000);

  assert.deepEqual(received, ['false 2', 'true 3000000']);
  assert.equal(await exit, 0);
  assert.equal(output.out, 'closed with 1000, cleanly\n');
});

test('a rejection and invalid arguments are reported in one line, and exit with 1', async (t) => {
  const { port } = await startServer(t, { paths: ['/'] });
  const calls = [
    [[`ws://127.0.0.1:${port}/elsewhere`], /status 404/],
    [[], /one address/],
    [['http://127.0.0.1'], /scheme/],
    [['ws://127.0.0.1', '--max-message', 'many'], /maxMessageSize is NaN/],
  ] as const;
  for (const [args, text] of calls) {
    const { output, exit } = start(t, ...args);

    assert.equal(await exit, 1);
    assert.match(output.error, /^echo-client: .*\n$/);
    assert.match(output.error, text);
  }
});
