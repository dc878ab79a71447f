import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createClient } from 'redis';
import { TEST_CERTIFICATE } from '../../../../../tests/support/certificate.ts';
import { openRedisBus, type RedisBus, type RedisBusOptions } from '../../../src/bus/redis/bus.ts';
import { RedisRejection } from '../../../src/bus/redis/pub-sub-connection.ts';
import { Seal } from '../../../src/bus/redis/seal.ts';
import type { BusDrop } from '../../../src/ports/bus.ts';
import { openRedisSessions } from '../../../src/sessions/redis/external-session-store.ts';
import { testBusContract } from '../../contracts/bus.ts';
import { findFreePort } from '../../support/free-port.ts';
import { room } from '../../support/records.ts';
import { RedisServer, redisSkip } from '../../support/redis-server.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { tlsFiles } from '../../support/tls-files.ts';
import { until } from '../../support/wait.ts';

const HOST = '127.0.0.1';
const SUBSCRIBE_TIMEOUT_MS = 500;

function openBus(
  options: Pick<RedisBusOptions, 'url'> & Partial<RedisBusOptions>,
): Promise<RedisBus> {
  const ignore = (): void => {};
  return openRedisBus({
    nodeId: 'one',
    deployment: 'test',
    secrets: ['a secret that all nodes share'],
    onDropped: ignore,
    onDown: ignore,
    onUp: ignore,
    onFailed: ignore,
    ...options,
  });
}

type Use = 'cluster' | 'Redis Cluster' | 'sessions' | 'Sentinel';

/** Gives a user the rights that the documentation names, and nothing else. */
async function allowOnly(
  admin: Pick<ReturnType<typeof createClient>, 'aclSetUser' | 'aclLogReset'>,
  uses: readonly Use[],
): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, '../../../../../docs/operations.md'), 'utf8');
  const lines = [...text.matchAll(/^ACL SETUSER parley (.+)$/gm)].map(([, rules = '']) => rules);
  const lineOf: Record<Use, number> = { cluster: 0, 'Redis Cluster': 1, sessions: 2, Sentinel: 3 };
  const rules = uses.flatMap((use) => lines[lineOf[use]]?.split(' ') ?? []);
  const known = rules.filter((rule) => rule !== 'on' && rule !== '>PASSWORD');
  await admin.aclSetUser('parley', ['reset', 'on', '>secret', ...known]);
  await admin.aclLogReset();
}

/** Lists rejected commands that the user has no right to, except the name of the client library. */
async function deniedBy(admin: Pick<ReturnType<typeof createClient>, 'aclLog'>): Promise<string[]> {
  const denied = (await admin.aclLog()).map(({ object }) => object);
  return denied.filter((command) => command !== 'client|setinfo');
}

/** Publishes on one node and receives on another. */
async function deliversThrough(url: string): Promise<void> {
  const [one, other] = [await openBus({ url }), await openBus({ url, nodeId: 'other' })];
  const rooms = [room('lobby'), room('ops'), room('random')];
  const received: string[] = [];
  for (const { id } of rooms) await other.subscribe('room', id, () => received.push(id));

  for (const { id } of rooms) one.publish('room', id, { kind: 'gone' });

  await until(() => received.length === rooms.length, 'the messages');
  await Promise.all([one.close(), other.close()]);
}

describe('with a Redis', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  before(async () => {
    redis = await RedisServer.start();
  });
  after(() => redis.remove());

  testBusContract('Redis', async () => {
    const proxies = new Map<string, TcpProxy>();
    const proxyOf = (nodeId: string): TcpProxy => {
      const proxy = proxies.get(nodeId);
      assert(proxy !== undefined);
      return proxy;
    };
    const nowhere = await findFreePort();
    return {
      connect: async (nodeId, deployment = 'test') => {
        const proxy = await TcpProxy.start({ host: HOST, port: redis.port });
        proxies.set(nodeId, proxy);
        const url = `redis://${HOST}:${proxy.port}`;
        return openBus({ url, nodeId, deployment, timeoutMs: SUBSCRIBE_TIMEOUT_MS });
      },
      cut: (nodeId) => {
        proxyOf(nodeId).redirect({ host: HOST, port: nowhere });
        proxyOf(nodeId).cut();
      },
      heal: (nodeId) => proxyOf(nodeId).redirect({ host: HOST, port: redis.port }),
      passSubscribeTimeout: () => {}, // Passes within the test.
      close: async () => {
        for (const proxy of proxies.values()) await proxy.close();
      },
    };
  });
});

describe('a bus over Redis', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  let client: ReturnType<typeof newClient>;
  const newClient = (url: string) => createClient({ url }).on('error', () => {});
  before(async () => {
    redis = await RedisServer.start();
    client = newClient(redis.url);
    await client.connect();
  });
  after(async () => {
    client.destroy();
    await redis.remove();
  });

  const roomChannels = async (): Promise<string[]> =>
    (await client.pubSubShardChannels()).filter((name) => name.includes(':room:'));

  test('drops and counts what no node of the cluster has sent, also if it is copied', async () => {
    const [lobby, ops] = [room('lobby'), room('ops')];
    const dropped: BusDrop[] = [];
    const url = redis.url;
    const onDropped = (reason: BusDrop) => dropped.push(reason);
    const receiver = await openBus({ url, secrets: ['new', 'old'], onDropped });
    const sender = await openBus({ url, nodeId: 'other', secrets: ['old', 'new'] });
    const stranger = await openBus({ url, nodeId: 'stranger', secrets: ['guessed'] });
    const received: string[] = [];
    for (const { id } of [lobby, ops]) {
      await receiver.subscribe('room', id, (_message, from) => received.push(`${from} ${id}`));
    }
    const channelOf = (id: string) => `parley:test:room:${id}`;
    const copies: string[] = [];
    const listener = newClient(url);
    await listener.connect();
    await listener.sSubscribe(channelOf(lobby.id), (text) => copies.push(String(text)));

    stranger.publish('room', lobby.id, { kind: 'gone' });
    sender.publish('room', lobby.id, { kind: 'gone' });
    await until(() => copies.length === 2, 'the messages');
    const genuine = copies.find((text) => text.includes('"other"')) ?? '';
    for (const text of [
      genuine,
      genuine.slice(22),
      `${'A'.repeat(22)}${genuine.slice(22)}`,
      '',
      'x',
    ]) {
      await client.sPublish(channelOf(ops.id), text);
    }

    const seal = new Seal(['old']);
    await client.sPublish(channelOf(ops.id), seal.seal(channelOf(ops.id), 'no JSON'));

    await until(() => dropped.length === 7, 'the count');
    assert.deepEqual(dropped.sort(), [...Array(6).fill('foreign'), 'malformed']);
    assert.deepEqual(received, [`other ${lobby.id}`]);
    listener.destroy();
    await Promise.all([receiver.close(), sender.close(), stranger.close()]);
  });

  test('subscribes only to channels that have handlers, sharded if the server offers it', async () => {
    const bus = await openBus({ url: redis.url });
    const lobby = room('lobby');
    assert.deepEqual(await roomChannels(), []);

    const [first, second] = await Promise.all([
      bus.subscribe('room', lobby.id, () => {}),
      bus.subscribe('room', lobby.id, () => {}),
    ]);
    assert.deepEqual(await roomChannels(), [`parley:test:room:${lobby.id}`]);

    first();
    assert.equal((await roomChannels()).length, 1);
    second();
    await until(async () => (await roomChannels()).length === 0, 'the end of the subscription');
    await bus.close();
  });

  test('a subscription that is cancelled and made again at once holds', async () => {
    const [one, other] = [
      await openBus({ url: redis.url }),
      await openBus({ url: redis.url, nodeId: 'other' }),
    ];
    const lobby = room('lobby');
    let received = 0;
    const note = () => {
      received += 1;
    };
    (await other.subscribe('room', lobby.id, note))();
    await other.subscribe('room', lobby.id, note);

    one.publish('room', lobby.id, { kind: 'gone' });

    await until(() => received > 0, 'the message');
    assert.equal(received, 1);
    await Promise.all([one.close(), other.close()]);
  });

  test('survives a restart of Redis, and reports it once', async () => {
    const changes: string[] = [];
    const [one, other] = [
      await openBus({
        url: redis.url,
        onDown: () => changes.push('down'),
        onUp: () => changes.push('up'),
      }),
      await openBus({ url: redis.url, nodeId: 'other' }),
    ];
    const lobby = room('lobby');
    let received = 0;
    await one.subscribe('room', lobby.id, () => {
      received += 1;
    });

    await redis.stop();
    await until(() => !one.isUp && !other.isUp, 'the loss to be noticed');
    await redis.start();
    await until(() => one.isUp && other.isUp, 'the reconnection');
    other.publish('room', lobby.id, { kind: 'gone' });

    await until(() => received > 0, 'the message');
    assert.deepEqual([changes, received], [['down', 'up'], 1]);
    await Promise.all([one.close(), other.close()]);
  });

  test('notices a Redis that stays connected and delivers nothing', async () => {
    let [ups, reconnections] = [0, 0];
    const bus = await openBus({
      ...{ url: redis.url, probeIntervalMs: 50, timeoutMs: 200 },
      onUp: () => {
        ups += 1;
      },
    });
    bus.onReconnected(() => {
      reconnections += 1;
    });

    await redis.freeze();
    await until(() => !bus.isUp, 'the silence to be noticed');
    await redis.thaw();
    await until(() => bus.isUp, 'the reconnection');

    // More than one, if a busy machine answered late in between.
    assert(ups > 0);
    assert.equal(reconnections, ups);
    await bus.close();
  });

  test('begins while Redis is down, and connects when it is up', async () => {
    await redis.stop();
    const errors: unknown[] = [];
    const bus = await openBus({ url: redis.url, onDown: (error) => errors.push(error) });
    assert.deepEqual([bus.isUp, errors.length], [false, 1]);

    await redis.start();
    await until(() => bus.isUp, 'the connection');

    await bus.close();
  });

  test('counts what it could not send, by reason', async (t) => {
    const proxy = await TcpProxy.start({ host: HOST, port: redis.port });
    t.after(() => proxy.close());
    const dropped: BusDrop[] = [];
    const bus = await openBus({
      url: `redis://${HOST}:${proxy.port}`,
      onDropped: (reason) => dropped.push(reason),
    });
    t.after(() => bus.close());
    const { id } = room('lobby');
    const publish = (text = '') => bus.publish('room', id, { kind: 'gone', text } as never);
    publish();
    assert.equal(dropped.length, 0);

    for (const length of [9, 9, 1]) publish('x'.repeat(length * 1024 * 1024));
    assert.equal(dropped.join(), 'full');

    proxy.redirect({ host: HOST, port: await findFreePort() });
    proxy.cut();
    await until(() => !bus.isUp, 'the loss to be noticed');
    publish();
    await until(() => dropped.includes('lost'), 'the messages on their way');
    assert.deepEqual(new Set(dropped), new Set(['full', 'lost', 'down']));
  });

  test('goes on after a message that its handler rejects', async () => {
    const failures: unknown[] = [];
    const [one, other] = [
      await openBus({ url: redis.url }),
      await openBus({
        url: redis.url,
        nodeId: 'other',
        onFailed: (error) => failures.push(error),
        onDropped: (reason) => failures.push(reason),
      }),
    ];
    const lobby = room('lobby');
    let received = 0;
    await other.subscribe('room', lobby.id, () => {
      received += 1;
      throw new Error('not handled');
    });

    one.publish('room', lobby.id, { kind: 'gone' });
    one.publish('room', lobby.id, { kind: 'gone' });

    await until(() => received === 2, 'both messages');
    const reasons = failures.filter((each) => each === 'unhandled');
    assert.deepEqual([failures.length, reasons.length, other.isUp], [4, 2, true]);
    await Promise.all([one.close(), other.close()]);
  });
});

describe('a bus over a Redis with users', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  before(async () => {
    // The second user knows no sharded pub/sub, as before Redis 7.
    redis = await RedisServer.start(() => [
      ...['--requirepass', 'p@ss word'],
      ...['--user', 'old', 'on', '>secret', '~*', '&*', '+@all'],
      ...['-pubsub|shardchannels', '-spublish', '-ssubscribe'],
    ]);
  });
  after(() => redis.remove());

  for (const [name, credentials] of [
    ['with a password', ':p%40ss%20word'],
    ['without sharded pub/sub', 'old:secret'],
  ]) {
    test(`delivers messages ${name}`, async () => {
      const url = redis.url.replace('//', `//${credentials}@`);
      await deliversThrough(url);
    });
  }

  for (const use of ['cluster', 'sessions'] as const) {
    test(`needs no rights besides the documented ones: ${use}`, async () => {
      const url = redis.url.replace('//', '//parley:secret@');
      const admin = createClient({ url: redis.url.replace('//', '//:p%40ss%20word@') });
      await admin.connect();
      await allowOnly(admin, [use]);

      if (use === 'cluster') {
        await deliversThrough(url);
        const bus = await openBus({ url });
        const lease = { limit: 'posts', id: 'alice', capacity: 10, windowMs: 1000 } as const;
        const { tokens } = await bus.tokenLeases.lease({ ...lease, tokens: 3, returned: 0 });
        assert.equal(tokens, 3);
        (await bus.subscribe('room', room('lobby').id, () => {}))();
        await bus.close();
      } else {
        const store = await openRedisSessions({ url, timeoutMs: 5000, onChange: () => {} });
        assert.deepEqual(await store.read(['1']), [undefined]);
        assert.equal(await store.delete('1'), false);
        await store.close();
      }

      assert.deepEqual(await deniedBy(admin), []);
      admin.destroy();
    });
  }

  test('closes each connection whose subscriptions are rejected', async () => {
    const admin = createClient({ url: redis.url.replace('//', '//:p%40ss%20word@') });
    await admin.connect();
    await admin.aclSetUser('deaf', ['on', '>secret', '~*', '&*', '+@all', '-ssubscribe']);
    const bus = await openBus({ url: redis.url.replace('//', '//deaf:secret@') });

    await until(async () => {
      const [, count] =
        /cmdstat_ssubscribe:.*rejected_calls=(\d+)/.exec(await admin.info('commandstats')) ?? [];
      return Number(count) >= 5;
    }, 'some attempts');

    // Those of the present attempt only.
    const clients = (await admin.clientList()).filter(({ user }) => user === 'deaf');
    assert(clients.length <= 4, `${clients.length} connections`);
    await bus.close();
    admin.destroy();
  });

  for (const [name, credentials] of [
    ['a wrong password', ':wrong@'],
    ['no password', ''],
  ]) {
    test(`is rejected with ${name}`, async () => {
      const url = redis.url.replace('//', `//${credentials}`);
      await assert.rejects(openBus({ url }), RedisRejection);
    });
  }
});

test('a bus over TLS delivers messages', { skip: redisSkip() }, async () => {
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = tlsFiles();
  const redis = await RedisServer.start((port) => [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', cert, '--tls-key-file', key],
  ]);
  const trusted = getCACertificates('default');
  setDefaultCACertificates([TEST_CERTIFICATE]);
  try {
    await deliversThrough(redis.url.replace('redis:', 'rediss:'));
  } finally {
    setDefaultCACertificates(trusted);
    await redis.remove();
  }
});

test('a bus over a Redis Cluster delivers messages', { skip: redisSkip() }, async () => {
  const clusterPort = await findFreePort();
  const redis = await RedisServer.start(() => [
    ...['--cluster-enabled', 'yes', '--cluster-port', String(clusterPort)],
  ]);
  const client = createClient({ url: redis.url });
  await client.connect();
  await client.clusterAddSlotsRange({ start: 0, end: 16_383 });
  await until(async () => /state:ok/.test(await client.clusterInfo()), 'the cluster');

  await deliversThrough(redis.url);
  await allowOnly(client, ['cluster', 'Redis Cluster']);
  await deliversThrough(redis.url.replace('//', '//parley:secret@'));
  assert.deepEqual(await deniedBy(client), []);

  client.destroy();
  await redis.remove();
});

test('a bus uses the first of several addresses that answers', { skip: redisSkip() }, async () => {
  const redis = await RedisServer.start();
  const nowhere = `redis://${HOST}:${await findFreePort()}`;

  await deliversThrough(`${nowhere},${redis.url}`);

  await redis.remove();
});

test('a bus follows a Sentinel to the next primary', { skip: redisSkip() }, async (t) => {
  const primary = await RedisServer.start();
  t.after(() => primary.remove());
  const replica = await RedisServer.start(() => [
    ...['--replicaof', HOST, String(primary.port)],
    ...['--repl-diskless-sync-delay', '0'],
  ]);
  t.after(() => replica.remove());
  const sentinel = await startSentinel(primary.port);
  t.after(sentinel.end);
  const url = `${sentinel.url}?master=cluster`;
  const [one, other] = [await openBus({ url }), await openBus({ url, nodeId: 'other' })];
  t.after(() => Promise.all([one.close(), other.close()]));
  const lobby = room('lobby');
  let received = 0;
  await other.subscribe('room', lobby.id, () => {
    received += 1;
  });
  one.publish('room', lobby.id, { kind: 'gone' });
  await until(() => received === 1, 'a message over the first primary');

  await sentinel.untilReplica();
  await primary.stop();
  await until(() => !one.isUp && !other.isUp, 'the loss to be noticed');
  await until(() => one.isUp && other.isUp, 'the failover');
  await until(() => {
    one.publish('room', lobby.id, { kind: 'gone' }); // A failover may disconnect nodes again.
    return received > 1;
  }, 'a message over the next primary');
});

test('a bus needs the documented rights of a Sentinel only', { skip: redisSkip() }, async (t) => {
  const primary = await RedisServer.start();
  t.after(() => primary.remove());
  const sentinel = await startSentinel(primary.port);
  t.after(sentinel.end);
  const uses = [
    [primary.url, 'cluster'],
    [sentinel.url, 'Sentinel'],
  ] as const;
  const admins = await Promise.all(
    uses.map(async ([url, use]) => {
      const admin = createClient({ url });
      await admin.connect();
      await allowOnly(admin, [use]);
      return admin;
    }),
  );
  const url = sentinel.url.replace('//', '//parley:secret@');

  await deliversThrough(url);
  await deliversThrough(`${url}?master=cluster`);

  for (const admin of admins) {
    assert.deepEqual(await deniedBy(admin), []);
    admin.destroy();
  }
});

/** A Sentinel that decides alone, soon. */
async function startSentinel(primaryPort: number) {
  const port = await findFreePort();
  const file = join(temporaryDirectory(), 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${HOST}`,
    `sentinel monitor cluster ${HOST} ${primaryPort} 1`,
    'sentinel down-after-milliseconds cluster 300',
    'sentinel failover-timeout cluster 2000',
  ];
  writeFileSync(file, lines.join('\n'));
  const path = process.env['PARLEY_TEST_REDIS'] ?? '';
  const child = spawn(path, [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await until(() => said.includes('+monitor'), 'the Sentinel');
  return {
    url: `redis://${HOST}:${port}`,
    /** It asks the primary for its replicas every 10 s. */
    untilReplica: () => until(() => said.includes('+slave '), 'the replica'),
    end: () => void child.kill('SIGKILL'),
  };
}
