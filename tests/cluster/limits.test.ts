/** The nodes of a cluster allow a user each limit once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, post } from '../../packages/server/test/support/account.ts';
import { ModelEndpoint } from '../../packages/server/test/support/model-endpoint.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import {
  connectFrom,
  countAllowed,
  createWorkspace,
  LIMIT,
  LIMIT_SETTINGS,
  postMessage,
} from '../support/limit-attempts.ts';
import { TestCluster } from './test-cluster.ts';

const QUESTIONS_PER_USER = 10;
const FREE_LOGIN_ATTEMPTS = 5;
/** The time for one of an address's connections per minute. */
const CONNECTION_REFILL_MS = 60_000 / LIMIT;
/** The shortest time between two attempts at a password after those. */
const LOGIN_DELAY_MS = 1000;
/** A node that gets no lease in time, on a busy machine, counts alone for a second: then another user is counted. */
const USERS_MAX = 5;

describe('two nodes', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let model: ModelEndpoint;
  before(async () => {
    model = await ModelEndpoint.start();
    cluster = await TestCluster.start(2, {
      ...LIMIT_SETTINGS,
      ...{ AI_BASE_URL: model.url, AI_API_KEY: 'key', AI_MODEL: 'm-1' },
      TRUST_PROXY: '127.0.0.1',
    });
  });
  after(async () => {
    await cluster.close();
    await model.close();
  });

  /** A user who is connected to both nodes, in a room of their own. */
  const onBothNodes = async (username: string) => {
    const here = await Account.signUp(cluster.urlOf(0), username);
    const there = await Account.logIn(cluster.urlOf(1), username);
    const sockets = [await here.connect(), await there.connect()] as const;
    const { roomId } = await sockets[0].joinRoom({ roomName: `room-of-${username}` });
    await sockets[1].joinRoom({ roomId });
    const leave = (): void => {
      for (const socket of sockets) socket.terminate();
    };
    return { here, there, sockets, roomId, leave };
  };

  /** Counts what users are allowed, one after the other, until the numbers are those expected. */
  const counts = async (
    expected: readonly number[],
    name: string,
    count: (user: Awaited<ReturnType<typeof onBothNodes>>) => Promise<readonly number[]>,
  ): Promise<void> => {
    const seen: (readonly number[])[] = [];
    while (seen.length < USERS_MAX && seen.at(-1)?.join() !== expected.join()) {
      const user = await onBothNodes(`${name}-${seen.length}`);
      seen.push(await count(user));
      user.leave();
    }
    assert.deepEqual(seen.at(-1), expected, seen.join(' / '));
  };

  test('allow a user of both as many posts and creations as a user of one', async () => {
    // The room counts as a creation, too.
    await counts([LIMIT, LIMIT - 1], 'both', async ({ here, there, roomId }) => [
      await countAllowed([postMessage(here, roomId), postMessage(there, roomId)]),
      await countAllowed([createWorkspace(here), createWorkspace(there)]),
    ]);
  });

  test('allow a user of one node the whole limit, and then nothing on the other', async () => {
    await counts([LIMIT, 0], 'lone', async ({ here, there, roomId }) => [
      await countAllowed([postMessage(here, roomId)]),
      await countAllowed([postMessage(there, roomId)]),
    ]);
  });

  test('count the new connections of an address together', async () => {
    const account = await Account.signUp(cluster.urlOf(0), 'address');
    const attempts = [0, 1].map((index) => connectFrom(cluster.urlOf(index), account, '192.0.2.1'));
    const startedAtMs = performance.now();

    const connections = await countAllowed(attempts);

    const refilled = Math.ceil((performance.now() - startedAtMs) / CONNECTION_REFILL_MS);
    assert(connections >= LIMIT && connections <= LIMIT + refilled, `${connections} connections`);
  });

  test('count login attempts together', async () => {
    await Account.signUp(cluster.urlOf(0), 'guessed');
    const guess = (index: number) =>
      post(`${cluster.urlOf(index % 2)}/login`, { username: 'guessed', password: 'a wrong one' });

    const startedAtMs = performance.now();

    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => guess(index)));

    const checked = answers.filter(({ status }) => status === 401).length;
    const later = Math.floor((performance.now() - startedAtMs) / LOGIN_DELAY_MS);
    assert(checked >= FREE_LOGIN_ATTEMPTS, `${checked} checked`);
    assert(checked <= FREE_LOGIN_ATTEMPTS + later, `${checked} checked`);
  });

  test('answer a user of both as many questions to the assistant as a user of one', async () => {
    const { sockets, roomId, leave } = await onBothNodes('asking');
    const answered = () => model.asked.length;
    for (let index = 0; index < QUESTIONS_PER_USER; index += 1) {
      await sockets[index % 2 === 0 ? 0 : 1].sendMessage({ roomId, content: `@ai and ${index}?` });
      // Few questions of a room may wait at the same time.
      await until(() => answered() === index + 1, 'the question');
    }

    await sockets[1].sendMessage({ roomId, content: '@ai and now?' });

    await until(
      () => sockets[1].ofType('chat_message').some(({ content }) => /too many/.test(content)),
      'the apology',
    );
    assert.equal(answered(), QUESTIONS_PER_USER);
    leave();
  });

  test('allow the limit together while Redis is down, without waiting, and share it again afterwards', async () => {
    const { here, there, roomId, leave } = await onBothNodes('cut-off');
    await cluster.redis.stop();
    await cluster.untilBus('down');

    const posts = await countAllowed([postMessage(here, roomId), postMessage(there, roomId)]);

    assert.equal(posts, LIMIT);
    await cluster.redis.start();
    await cluster.untilBus('up');
    // A node that does not get its lease in time, on a busy machine, counts alone for a second.
    let users = 0;
    await until(async () => {
      users += 1;
      const later = await Account.signUp(cluster.urlOf(0), `later-${users}`);
      const elsewhere = await Account.logIn(cluster.urlOf(1), `later-${users}`);
      const isWhole = (await countAllowed([createWorkspace(later)])) === LIMIT;
      return isWhole && (await countAllowed([createWorkspace(elsewhere)])) === 0;
    }, 'the nodes to share limits again');
    leave();
  });

  test('answer commands while Redis hangs', async () => {
    const { here, there, roomId, leave } = await onBothNodes('hanging');
    await cluster.redis.freeze();
    try {
      const posts = await countAllowed([postMessage(here, roomId), postMessage(there, roomId)]);

      assert.equal(posts, LIMIT);
    } finally {
      await cluster.redis.thaw();
    }
    leave();
  });
});
