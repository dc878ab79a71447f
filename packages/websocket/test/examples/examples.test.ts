/** The examples, each as a separate process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { text } from '../support/bytes.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { until } from '../support/wait.ts';

async function start(t: TestContext, name: string, environment: Record<string, string> = {}) {
  const program = join(import.meta.dirname, '../../examples', name);
  const child = spawn(process.execPath, [program, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await until(() => output.includes('\n'), `the line of ${name}`);
  const port = Number(/:(\d+)/.exec(output)?.[1]);
  const connect = () => {
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    return peer;
  };
  return { child, port, connect };
}

test('chat-room: a room receives its messages and leaves, and metrics count them', async (t) => {
  const { port, connect } = await start(t, 'chat-room.ts');
  const [alice, bob, carol] = [connect(), connect(), connect()];
  await alice.upgrade({}, 'GET /chat?room=lobby HTTP/1.1');
  await bob.upgrade({}, 'GET /chat?room=lobby HTTP/1.1');
  await carol.upgrade({}, 'GET /chat?room=ops HTTP/1.1');

  alice.send(text('hi'));
  assert.equal(await bob.nextText(), 'hi');
  alice.destroy();
  assert.equal(await bob.nextText(), 'a user left');

  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(metrics, /^# TYPE websocket_connections_total counter$/m);
  assert.match(metrics, /^websocket_connections_total 3$/m);
  assert.match(metrics, /^websocket_messages_total\{direction="received",type="text"\} 1$/m);
  assert.match(metrics, /^websocket_heartbeat_rtt_ms_bucket\{le="\+Inf"\} 0$/m);
  assert.equal(carol.isSilent, true);
});

test('existing-server: pages are still served, and only clients with the secret are accepted', async (t) => {
  const { child, port, connect } = await start(t, 'existing-server.ts', { SECRET: 'open sesame' });
  const [alice, mallory] = [connect(), connect()];

  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'an ordinary page\n');
  mallory.send(upgradeRequest({ Authorization: 'Bearer guess' }, 'GET /live HTTP/1.1'));
  assert.equal((await mallory.nextAnswer()).status, 401);
  await alice.upgrade({ Authorization: 'Bearer open sesame' }, 'GET /live HTTP/1.1');

  assert.equal(await alice.nextText(), 'hello alice');
  child.kill('SIGTERM');
  assert.equal(await alice.nextCloseCode(), 1001);
});

test('each is one file to copy that needs only the package and Node', () => {
  const folder = join(import.meta.dirname, '../../examples');
  for (const name of readdirSync(folder)) {
    const program = readFileSync(join(folder, name), 'utf8');
    for (const [, source = ''] of program.matchAll(/ from '([^']+)'/g)) {
      assert.match(source, /^(@parley\/websocket(\/http)?|node:.*)$/, `${name}: ${source}`);
    }
  }
});
