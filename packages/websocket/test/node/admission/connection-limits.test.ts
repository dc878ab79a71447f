/** Limits on connections over real sockets: below, at and above each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Admission,
  type HandshakeError,
  OPTION_DEFAULTS,
  UNTRUSTED_PEERS,
} from '../../../src/index.ts';
import { clientFrame } from '../../support/bytes.ts';
import { type HttpAnswer, type RequestChange, upgradeRequest } from '../../support/raw-peer.ts';
import { startServer, startServerWithClock, type TestServer } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

async function ask({ connect }: TestServer, change: RequestChange = {}): Promise<HttpAnswer> {
  const peer = connect();
  peer.send(upgradeRequest(change));
  return peer.nextAnswer();
}

test('the connection above the limit is rejected with 503 and the time of a retry', async (t) => {
  const on = await startServer(t, { maxConnections: 2 });
  const refusals: HandshakeError[] = [];
  on.server.on('upgradeRefused', (error) => refusals.push(error));
  const { peer } = await on.open();
  await on.open();

  const answer = await ask(on);

  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '5');
  assert.deepEqual([refusals[0]?.code, refusals[0]?.reason], ['SERVER_FULL', 'full']);
  peer.destroy();
  await until(() => on.closes.length === 1);
  assert.equal((await ask(on)).status, 101);
});

test('the connection above the limit of its address gets 429', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 2 });
  const { peer } = await on.open();
  await on.open();

  const answer = await ask(on);

  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('retry-after'), '5');
  peer.destroy();
  await until(() => on.closes.length === 1);
  assert.equal((await ask(on)).status, 101);
});

test('a limit that hits a proxy which is not trusted causes one warning that names the option', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 1 });
  const warn = t.mock.method(process, 'emitWarning', () => {});
  await on.open();

  assert.equal((await ask(on)).status, 429);
  assert.equal(warn.mock.callCount(), 0);
  for (let each = 0; each < 3; each += 1) {
    assert.equal((await ask(on, { 'X-Forwarded-For': '192.0.2.1' })).status, 429);
  }

  assert.equal(warn.mock.callCount(), 1);
  const [text, options] = warn.mock.calls[0]?.arguments ?? [];
  assert.match(String(text), /trustedProxies/);
  assert.deepEqual(options, { code: 'PARLEY_UNTRUSTED_PROXY' });
});

test('a client behind a trusted proxy that is above its own limit causes no warning', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 1, trustedProxies: ['127.0.0.1'] });
  const warn = t.mock.method(process, 'emitWarning', () => {});
  const forwarded = { 'X-Forwarded-For': '192.0.2.1' };
  await on.open(forwarded);

  assert.equal((await ask(on, forwarded)).status, 429);

  assert.equal(warn.mock.callCount(), 0);
});

test('a limit that hits a proxy behind a trusted one causes a warning too', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 1, trustedProxies: ['127.0.0.1'] });
  const warn = t.mock.method(process, 'emitWarning', () => {});
  const ofClient = (address: string) => ({ 'X-Forwarded-For': `${address}, 203.0.113.66` });
  await on.open(ofClient('192.0.2.1'));

  assert.equal((await ask(on, ofClient('192.0.2.2'))).status, 429);

  assert.equal(warn.mock.callCount(), 1);
  assert.match(String(warn.mock.calls[0]?.arguments[0]), /rejected 203\.0\.113\.66, /);
});

test('the default limits let many clients of one address in, those for strangers do not', async (t) => {
  const free = await startServer(t, OPTION_DEFAULTS);
  for (let each = 0; each < 11; each += 1) assert.equal((await ask(free)).status, 101);

  const strict = await startServer(t, UNTRUSTED_PEERS);
  for (let each = 0; each < 10; each += 1) assert.equal((await ask(strict)).status, 101);
  assert.equal((await ask(strict)).status, 429);
});

test('unfinished handshakes count, until they fail or the client leaves', async (t) => {
  const waiting: ((admission: Admission) => void)[] = [];
  const on = await startServer<unknown>(t, {
    maxConnectionsPerIp: 2,
    authorize: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const [first, second] = [on.connect(), on.connect()];
  first.send(upgradeRequest());
  second.send(upgradeRequest());
  await until(() => waiting.length === 2);

  assert.equal((await ask(on)).status, 429);

  waiting[0]?.({ accept: false, status: 401 });
  assert.equal((await first.nextAnswer()).status, 401);
  second.destroy();
  await until(() => on.server.getStats().byState.CONNECTING === 0);
  const [third, fourth] = [on.connect(), on.connect()];
  third.send(upgradeRequest());
  fourth.send(upgradeRequest());
  await until(() => waiting.length === 4);
});

test('an address opens a limited number of connections per minute', async (t) => {
  const on = await startServerWithClock(t, { maxConnectionsPerMinutePerIp: 3 });
  for (let each = 0; each < 3; each += 1) {
    const { peer } = await on.open();
    peer.destroy();
  }
  await until(() => on.closes.length === 3);

  const answer = await ask(on);

  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('retry-after'), '59');
  on.clock.advance(59_001);
  assert.equal((await ask(on)).status, 101);
});

test('the address behind a trusted proxy is counted, and shown to the application', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 1, trustedProxies: ['127.0.0.1'] });
  const from = (address: string) => ask(on, { 'X-Forwarded-For': `203.0.113.66, ${address}` });

  assert.equal((await from('192.0.2.1')).status, 101);
  assert.equal((await from('192.0.2.1')).status, 429);
  assert.equal((await from('192.0.2.2')).status, 101);

  assert.deepEqual(
    on.connections.map(({ clientAddress, remoteAddress }) => [clientAddress, remoteAddress]),
    [
      ['192.0.2.1', '127.0.0.1'],
      ['192.0.2.2', '127.0.0.1'],
    ],
  );
});

test('a proxy that does not report its client is not limited', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 1, trustedProxies: ['127.0.0.1'] });

  assert.deepEqual([(await ask(on)).status, (await ask(on)).status], [101, 101]);
});

test('the header of an untrusted address is ignored', async (t) => {
  const on = await startServer(t, { maxConnectionsPerIp: 1, trustedProxies: ['192.0.2.0/24'] });

  assert.equal((await ask(on, { 'X-Forwarded-For': '192.0.2.1' })).status, 101);
  assert.equal((await ask(on, { 'X-Forwarded-For': '192.0.2.2' })).status, 429);
  assert.equal(on.connections[0]?.clientAddress, '127.0.0.1');
});

test('unlimited addresses have no limit', async (t) => {
  const on = await startServer(t, {
    maxConnectionsPerIp: 1,
    unlimitedAddresses: ['127.0.0.0/8', '::1'],
  });

  assert.deepEqual([(await ask(on)).status, (await ask(on)).status], [101, 101]);
});

test('reserved slots go to clients that the application marks as important', async (t) => {
  const on = await startServer(t, {
    maxConnections: 3,
    reservedConnections: 1,
    authorize: ({ url }) => ({ accept: true, priority: url === '/vip' ? 'high' : 'normal' }),
  });
  const askFor = async (path: string) => {
    const peer = on.connect();
    peer.send(upgradeRequest({}, `GET ${path} HTTP/1.1`));
    return (await peer.nextAnswer()).status;
  };

  assert.deepEqual([await askFor('/'), await askFor('/'), await askFor('/')], [101, 101, 503]);
  assert.deepEqual([await askFor('/vip'), await askFor('/vip')], [101, 503]);
  assert.deepEqual(
    on.connections.map(({ priority }) => priority),
    ['normal', 'normal', 'high'],
  );
});

test('an unknown priority from authorize is a server error', async (t) => {
  // Values that plain JavaScript may return.
  const admission = { accept: true, priority: 'vip' } as unknown as Admission;
  const on = await startServer(t, { authorize: () => admission });

  assert.equal((await ask(on)).status, 500);
  assert.match(
    String(on.errors[0]?.error),
    /the priority must be one of low, normal, high, critical/,
  );
});

test('above the soft limit a response is delayed a little', async (t) => {
  const on = await startServerWithClock(t, { maxConnections: 5 });
  for (let each = 0; each < 4; each += 1) await on.open();
  const late = on.connect();
  late.send(upgradeRequest());
  await until(() => on.server.getStats().byState.CONNECTING === 1);
  await turns();
  assert.equal(late.isSilent, true);

  on.clock.advance(100);

  assert.equal((await late.nextAnswer()).status, 101);
});

test('canAcceptConnection reports what admission would do: full, the reserve, and free again', async (t) => {
  const on = await startServer(t, { maxConnections: 20, reservedConnections: 1 });
  const { manager } = on.server;
  const answers: boolean[] = [];
  const happens: boolean[] = [];
  const ask = async () => {
    answers.push(manager.canAcceptConnection());
    const peer = on.connect();
    peer.send(upgradeRequest());
    happens.push((await peer.nextAnswer()).status === 101);
  };

  while (manager.size < 18) await on.open();
  await ask();
  await ask();
  for (const connection of manager.getAllConnections().slice(0, 2)) connection.destroy();
  await until(() => manager.size === 17);
  await ask();

  assert.deepEqual(answers, [true, false, true]);
  assert.deepEqual(happens, answers);
});

test('an address with repeated violations waits a while; other addresses, and first violations, do not', async (t) => {
  const on = await startServerWithClock(t, {
    maxViolationsPerMinutePerIp: 3,
    trustedProxies: ['127.0.0.1'],
  });
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const violateProtocol = async () => {
    const { peer } = await on.open(from('192.0.2.1'));
    peer.send(clientFrame(0x3));
    assert.equal(await peer.nextCloseCode(), 1002);
  };

  for (let count = 0; count < 4; count += 1) await violateProtocol();
  const rejected = await ask(on, from('192.0.2.1'));
  const other = await ask(on, from('192.0.2.2'));
  on.clock.advance(1_000 * Number(rejected.headers.get('retry-after')));
  const later = await ask(on, from('192.0.2.1'));

  assert.deepEqual([rejected.status, other.status, later.status], [429, 101, 101]);
});

test('an unlimited address may violate the protocol without limit', async (t) => {
  const on = await startServer(t, {
    maxViolationsPerMinutePerIp: 1,
    unlimitedAddresses: ['127.0.0.1'],
  });

  for (let count = 0; count < 4; count += 1) {
    const { peer } = await on.open();
    peer.send(clientFrame(0x3));
    assert.equal(await peer.nextCloseCode(), 1002);
  }
});

test('only the configured header of a trusted proxy is read', async (t) => {
  const events = { Forwarded: 'for="[2001:db8::7]:4711"', 'X-Forwarded-For': '198.51.100.1' };
  for (const [forwardedHeader, address] of [
    ['forwarded', '2001:db8::7'],
    ['x-forwarded-for', '198.51.100.1'],
  ] as const) {
    const on = await startServer(t, {
      trustedProxies: ['127.0.0.1'],
      forwardedHeader,
      maxConnectionsPerIp: 1,
    });

    const { connection } = await on.open(events);

    assert.equal(connection.clientAddress, address);
    // The address that limits are counted by.
    assert.equal((await ask(on, events)).status, 429);
    assert.equal(
      (await ask(on, { Forwarded: 'for=192.0.2.1', 'X-Forwarded-For': '192.0.2.1' })).status,
      101,
    );
  }
});
