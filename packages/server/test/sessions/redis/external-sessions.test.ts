/** Sessions of a real Express application in a real Redis. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'redis';
import { ExternalApplication } from '../../support/external-application.ts';
import { FlatClient } from '../../support/flat-client.ts';
import { RedisServer, redisSkip } from '../../support/redis-server.ts';
import { TestServer } from '../../support/running-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/wait.ts';

const OLD_SECRET = 'the secret of last year';
const SECRET = 'the secret of this year';
/** Of the sessions that expire here; until then, their clients must have connected. */
const LIFE_MS = 10_000;
const RENEWED_MS = 3_600_000;
const alice = { userId: '17', username: 'alice' };

describe('sessions of an Express application', { skip: redisSkip() }, () => {
  let redis: RedisServer;
  let application: ExternalApplication;
  let server: TestServer;
  const settings = () => ({
    SESSION_STORE: 'redis',
    REDIS_URL: redis.url,
    SESSION_SECRET: `${SECRET},${OLD_SECRET}`,
  });
  before(async () => {
    redis = await RedisServer.start();
    application = await ExternalApplication.start({ redisUrl: redis.url, secrets: [SECRET] });
    server = await TestServer.start(settings());
  });
  after(async () => {
    await server.close();
    await application.close();
    await redis.remove();
  });

  const newClient = (cookie: string, path: string) =>
    new FlatClient(server, path, { headers: { cookie } });
  const openClient = (cookie: string, path?: string) =>
    FlatClient.connectAs(server, { cookie }, path);
  const idOf = (cookie: string) => /s%3A([^.]*)\./.exec(cookie)?.[1] ?? '';
  /** Stores a session as the application would. */
  const store = async (change: (record: Record<string, unknown>) => unknown, cookie: string) => {
    const id = idOf(cookie);
    const client = await createClient({ url: redis.url }).connect();
    const record = JSON.parse((await client.get(`sess:${id}`)) ?? '{}');
    const changed = change(record);
    await client.set(`sess:${id}`, typeof changed === 'string' ? changed : JSON.stringify(changed));
    client.destroy();
  };

  test('authenticate their user in every API, as the same user each time', async () => {
    const cookies = [await application.cookie(alice), await application.cookie(alice)];
    const clients = [
      await openClient(cookies[0] ?? ''),
      await openClient(cookies[1] ?? '', '/messagepal'),
    ];
    const ids = clients.map(({ frames }) => frames[0]?.['userId']);
    const me = await fetch(`${server.url}/api/auth/me`, { headers: { cookie: cookies[0] ?? '' } });

    assert.equal(ids[0], ids[1]);
    assert.equal(clients[0]?.frames[0]?.['username'], 'alice');
    assert.equal(clients[1]?.frames[0]?.['role'], 'teacher'); // For display; it grants no permissions.
    const { user } = (await me.json()) as { user: { id: string } };
    assert.equal(user.id, ids[0]);
    assert.deepEqual(me.headers.getSetCookie(), []); // The application's cookie is not changed.
    for (const client of clients) client.close();
  });

  test('are accepted with a previous secret, but with no other', async () => {
    const old = await ExternalApplication.start({ redisUrl: redis.url, secrets: [OLD_SECRET] });
    const other = await ExternalApplication.start({
      redisUrl: redis.url,
      secrets: ['somebody else’s'],
    });

    (await openClient(await old.cookie(alice))).close();
    const stranger = newClient(await other.cookie(alice), '/messagepal');

    assert.equal(await stranger.end(), 4001);
    assert.deepEqual(stranger.frames, []);
    await Promise.all([old.close(), other.close()]);
  });

  test('are rejected if they do not identify a user', async () => {
    const cookie = await application.cookie(alice);
    const id = idOf(cookie);
    const past = new Date(Date.now() - 1000).toISOString();
    const changes: ((record: Record<string, unknown>) => unknown)[] = [
      ({ userId: _, ...rest }) => rest,
      (record) => ({ ...record, userId: '' }),
      (record) => ({ ...record, userId: { $ne: null } }),
      (record) => ({ ...record, userId: '17\0' }),
      (record) => ({ ...record, userId: '17\ud800' }),
      (record) => ({ ...record, cookie: { expires: past } }),
      (record) => ({ ...record, cookie: { expires: 'soon' } }),
      () => '[]',
      () => 'no JSON',
    ];
    for (const change of changes) {
      const spoilt = await application.cookie(alice);
      await store(change, spoilt);
      assert.equal(await newClient(spoilt, '/ws/chat').end(), 4001, String(change));
    }
    assert.equal(await newClient(await application.cookie(), '/ws/chat').end(), 4001);
    // An unsigned id proves nothing.
    const answer = await fetch(`${server.url}/api/auth/me`, {
      headers: { authorization: `Bearer ${id}` },
    });
    assert.equal(answer.status, 401);
  });

  test('close both sockets when they end or change their user', async () => {
    const [left, changed] = [await application.cookie(alice), await application.cookie(alice)];
    const clients = [
      await openClient(left),
      await openClient(left, '/messagepal'),
      await openClient(changed),
      await openClient(changed, '/messagepal'),
    ];

    await application.logout(left);
    await application.login(changed, '18', 'bob');

    // Sessions are checked every 15 s.
    let ended = 0;
    for (const client of clients) void client.closed.then(() => (ended += 1));
    await until(() => ended === clients.length, 'the ends');
    for (const client of clients) {
      assert.deepEqual(await client.closed, { code: 4001, reason: 'Session ended' });
    }
    const bob = await openClient(changed);
    assert.equal(bob.frames[0]?.['username'], 'bob');
    bob.close();
  });

  test('end at their expiry unless renewed', async () => {
    const short = await ExternalApplication.start({
      redisUrl: redis.url,
      secrets: [SECRET],
      maxAgeMs: LIFE_MS,
    });
    const kept = await short.cookie(alice);
    const staying = await openClient(kept, '/messagepal');
    // As each request does, but for longer.
    const client = await createClient({ url: redis.url }).connect();
    await client.pExpire(`sess:${idOf(kept)}`, RENEWED_MS);
    client.destroy();
    const leaving = await openClient(await short.cookie(alice));

    assert.equal(await leaving.end(), 4001);
    await staying.settled();
    staying.close();
    await short.close();
  });

  test('are ended by a logout here, for the application too', async () => {
    const cookie = await application.cookie(alice);
    const client = await openClient(cookie, '/messagepal');

    const answer = await server.post('/api/auth/logout', {}, { cookie });

    assert.equal(answer.status, 200);
    assert.equal(await client.end(), 4001);
    assert.equal(await application.me(cookie), null);
  });

  test('are the only ones: registration and login are disabled', async () => {
    const credentials = { username: 'mallory', password: 'correct horse' };

    for (const path of ['/register', '/login', '/api/auth/login']) {
      assert.equal((await server.post(path, credentials)).status, 403, path);
    }
  });

  test('reject new clients with a reason while they cannot be read, and connected clients continue', async () => {
    const carol = await application.cookie({ userId: '19', username: 'carol' });
    const here = await openClient(carol, '/messagepal');
    const userId = (await openClient(await application.cookie(alice))).frames[0]?.['userId'];
    const hasty = await TestServer.start({ ...settings(), DATABASE_TIMEOUT_MS: '500' });

    await redis.freeze();
    const refused = new FlatClient(hasty, '/messagepal', { headers: { cookie: carol } });
    assert.equal(await refused.status, 503);
    assert.deepEqual((await hasty.ready()).down, ['sessions']);
    await hasty.close();
    here.send('send_message', { recipientId: userId, content: 'still here' });
    await here.next('message_received');
    await redis.thaw();
    await redis.stop();
    assert.equal(await newClient(carol, '/ws/chat').status, 503);
    assert.equal((await server.ready()).status, 503);

    await redis.start();
    let status = 0;
    while (status !== 200) ({ status } = await server.ready()); // It recovers automatically.
    assert.equal(await newClient(carol, '/ws/chat').end(), 4001); // Its data is lost.
    here.close();
  });

  test('prevent the server from starting with a reason if Redis is unreachable', async () => {
    const wrong = {
      ...settings(),
      REDIS_URL: 'redis://127.0.0.1:1',
      DATA_DIR: temporaryDirectory(),
    };

    await assert.rejects(TestServer.start(wrong), /REDIS_URL cannot be used: .*ECONNREFUSED/);
    const { SESSION_SECRET: _, ...without } = settings();
    await assert.rejects(TestServer.start(without), /SESSION_SECRET is missing/);
  });
});
