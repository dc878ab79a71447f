import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeRole } from '../../src/config/role.ts';
import { run } from '../support/parley-command.ts';

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

  test('is shown by parley config', async () => {
    const { stdout } = await run(['config'], { ...SHARED, ...SECRETS });
    assert.match(stdout, /'parley start' runs a node of a cluster\.$/m);
  });
});
