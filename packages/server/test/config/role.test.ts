import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { describeRole } from '../../src/config/role.ts';
import { endAll, run, started } from '../support/parley-command.ts';
import { RedisServer, redisSkip } from '../support/redis-server.ts';
import { postgresSkip, TestDatabases } from '../support/test-database.ts';

const SHARED = { REDIS_URL: 'redis://localhost', DATABASE_URL: 'postgres://localhost/parley' };
const SECRETS = { SESSION_SECRET: 's'.repeat(16), JWT_SECRET: 'j'.repeat(32) };

describe('the role of a process', () => {
  const alone = { BUS: undefined, REDIS_URL: undefined, DATABASE_URL: 'sqlite:', WORKERS: 1 };
  for (const [settings, role] of [
    [{}, 'single server'],
    [{ REDIS_URL: SHARED.REDIS_URL }, 'single server'],
    [{ DATABASE_URL: SHARED.DATABASE_URL }, 'single server'],
    [SHARED, 'node of a cluster'],
    [{ ...SHARED, BUS: 'memory' }, 'single server'],
    [{ ...SHARED, WORKERS: 4 }, 'node of a cluster, 4 worker processes'],
  ] as const) {
    test(`is a ${role} with ${JSON.stringify(settings)}`, () => {
      assert.equal(describeRole({ ...alone, ...settings }), role);
    });
  }

  for (const [settings, role] of [
    [{}, 'a single server'],
    [{ WORKERS: '2' }, 'a single server, 2 worker processes'],
    [{ ...SHARED, ...SECRETS }, 'a node of a cluster'],
    [{ ...SHARED, ...SECRETS, WORKERS: '2' }, 'a node of a cluster, 2 worker processes'],
  ] as const) {
    test(`is shown by parley config: ${role}`, async () => {
      const { stdout } = await run(['config'], { ...settings });
      assert(stdout.endsWith(`\nWith these settings, 'parley start' runs ${role}.\n`), stdout);
    });
  }
});

describe('the start line', () => {
  afterEach(endAll);

  for (const [settings, role] of [
    [{}, 'single server'],
    [{ WORKERS: '2' }, 'single server, 2 worker processes'],
  ] as const) {
    test(`names the role: ${role}`, async () => {
      const { line } = await started({ ...settings });
      assert(line.endsWith(`, ${role})`), line);
    });
  }

  describe('with PostgreSQL and Redis', { skip: redisSkip() || postgresSkip() }, () => {
    let redis: RedisServer;
    let databases: TestDatabases;
    before(async () => {
      redis = await RedisServer.start();
      databases = await TestDatabases.open();
    });
    after(async () => {
      await databases?.close();
      await redis?.remove();
    });

    for (const [settings, role] of [
      [{}, 'node of a cluster'],
      [{ WORKERS: '2' }, 'node of a cluster, 2 worker processes'],
      [{ BUS: 'memory' }, 'single server'],
    ] as const) {
      test(`names the role: ${role}`, async () => {
        const { line } = await started({
          ...{ REDIS_URL: redis.url, DATABASE_URL: await databases.create(), ...SECRETS },
          DURABILITY: 'relaxed', // The test server does not flush.
          ...settings,
        });
        assert(line.endsWith(`, ${role})`), line);
        await endAll();
      });
    }
  });
});
