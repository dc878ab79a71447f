/** The examples, each as a separate process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { binary, close, text } from '../support/bytes.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { until } from '../support/wait.ts';

const FOLDER = join(import.meta.dirname, '../../examples');

async function start(t: TestContext, name: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(FOLDER, name), '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await until(() => output.includes('\n'), `the line of ${name}`);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);
  const connect = () => {
    const peer = new RawPeer(port);
    t.after(() => peer.destroy());
    return peer;
  };
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return { child, port, connect, get, output: () => output };
}

/** The lines of a JSON log, without times. */
function eventsOf(output: string): Record<string, unknown>[] {
  const lines = output.trimEnd().split('\n');
  return lines.map((line) => {
    const { time, ...fields } = JSON.parse(line);
    assert(!Number.isNaN(Date.parse(time)), line);
    return fields;
  });
}

test('chat-room: a room receives its messages and leaves, and metrics count them', async (t) => {
  const { connect, get } = await start(t, 'chat-room.mjs');
  const [alice, bob, carol] = [connect(), connect(), connect()];
  await alice.upgrade({}, 'GET /chat?room=lobby HTTP/1.1');
  await bob.upgrade({}, 'GET /chat?room=lobby HTTP/1.1');
  await carol.upgrade({}, 'GET /chat?room=ops HTTP/1.1');

  alice.send(text('hi'));
  assert.equal(await bob.nextText(), 'hi');
  alice.send(binary('hi'));
  assert.equal(await alice.nextCloseCode(), 1003);
  alice.destroy();
  assert.equal(await bob.nextText(), 'a user left');

  const metrics = await (await get('/metrics')).text();
  assert.match(metrics, /^# TYPE websocket_connections_total counter$/m);
  assert.match(metrics, /^websocket_connections_total 3$/m);
  assert.match(metrics, /^websocket_messages_total\{direction="received",type="text"\} 1$/m);
  assert.match(metrics, /^websocket_heartbeat_rtt_ms_bucket\{le="\+Inf"\} 0$/m);
  assert.equal(carol.isSilent, true);
});

test('chat-room: only its own page may connect, and each path has its answer', async (t) => {
  const { port, connect, get } = await start(t, 'chat-room.mjs');
  const [own, foreign] = [connect(), connect()];
  const host = `127.0.0.1:${port}`;
  const line = 'GET /chat HTTP/1.1';

  await own.upgrade({ Host: host, Origin: `http://${host}` }, line);
  foreign.send(upgradeRequest({ Host: host, Origin: 'https://evil.example' }, line));
  assert.equal((await foreign.nextAnswer()).status, 403);

  const page = await get('/');
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(await page.text(), /<title>Chat room<\/title>/);
  const health = await get('/health');
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok', connections: 1 }]);
  for (const path of ['/other', '/constructor']) assert.equal((await get(path)).status, 404);
  assert.equal((await fetch(`http://${host}/`, { method: 'POST' })).status, 405);
});

test('chat-room: SIGTERM drains, says so to health checks, and logs how each client left', async (t) => {
  const { child, connect, get, output } = await start(t, 'chat-room.mjs', { DRAIN_MS: '60000' });
  const alice = connect();
  await alice.upgrade({}, 'GET /chat HTTP/1.1');

  child.kill('SIGTERM');
  assert.equal(await alice.nextCloseCode(), 1012);
  // The port serves until the last client has left.
  const health = await get('/health');
  assert.deepEqual(
    [health.status, await health.json()],
    [503, { status: 'draining', connections: 1 }],
  );
  alice.send(close(1012));
  alice.socket.end();

  await until(() => child.exitCode !== null && output().includes('stopped'), 'the end');
  assert.equal(child.exitCode, 0);
  const [listening, connected, stopping, disconnected, stopped] = eventsOf(output());
  assert.equal(listening?.['event'], 'listening');
  assert.deepEqual([connected?.['event'], connected?.['address']], ['connected', '127.0.0.1']);
  assert.deepEqual(stopping, { event: 'stopping', signal: 'SIGTERM' });
  const { id: _, ...left } = disconnected ?? {};
  assert.deepEqual(left, {
    ...{ event: 'disconnected', address: '127.0.0.1', initiator: 'application' },
    ...{ cause: 'drain', code: 1012, wasClean: true },
  });
  assert.deepEqual(stopped, { event: 'stopped' });
});

for (const name of ['chat-room.mjs', 'existing-server.mjs']) {
  test(`${name}: SIGINT closes its clients with 1001, and the program ends`, async (t) => {
    const { child, connect } = await start(t, name, { SECRET: 'a' });
    const alice = connect();
    const path = name.startsWith('chat') ? '/chat' : '/live';
    await alice.upgrade({ Authorization: 'Bearer a' }, `GET ${path} HTTP/1.1`);
    if (path === '/live') assert.equal(await alice.nextText(), 'hello alice');

    child.kill('SIGINT');

    assert.equal(await alice.nextCloseCode(), 1001);
    alice.send(close(1001));
    alice.socket.end();
    await until(() => child.exitCode === 0, 'the end');
  });
}

test('existing-server: pages are still served, and only clients with the secret are accepted', async (t) => {
  const secret = { SECRET: 'open sesame' };
  const { child, connect, get } = await start(t, 'existing-server.mjs', secret);
  const [alice, mallory] = [connect(), connect()];

  assert.equal(await (await get('/')).text(), 'an ordinary page\n');
  mallory.send(upgradeRequest({ Authorization: 'Bearer guess' }, 'GET /live HTTP/1.1'));
  assert.equal((await mallory.nextAnswer()).status, 401);
  await alice.upgrade({ Authorization: 'Bearer open sesame' }, 'GET /live HTTP/1.1');

  assert.equal(await alice.nextText(), 'hello alice');
  child.kill('SIGTERM');
  assert.equal(await alice.nextCloseCode(), 1001);
});

test('each is one file of plain JavaScript to copy that needs only the package and Node', () => {
  const names = readdirSync(FOLDER);
  assert(names.length >= 4);
  for (const name of names) {
    assert.match(name, /\.mjs$/);
    const program = readFileSync(join(FOLDER, name), 'utf8');
    for (const [, source = ''] of program.matchAll(/ from '([^']+)'/g)) {
      assert.match(source, /^(@parley\/websocket(\/http)?|node:.*)$/, `${name}: ${source}`);
    }
  }
});
