import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineLimits } from '../../src/config/engine-limits.ts';
import { loadConfig } from '../../src/config/load-config.ts';

function limitsOf(environment: Record<string, string>) {
  return engineLimits(loadConfig({ flags: {}, environment, envFile: {} }).values);
}

test('connections of strangers have rate limits unless the operator turns limits off', () => {
  const { messageRate, byteRate, maxViolationsPerMinutePerIp } = limitsOf({});

  assert.deepEqual([messageRate, byteRate, maxViolationsPerMinutePerIp], [100, 1_048_576, 30]);
  assert.equal(limitsOf({ MESSAGE_RATE_MAX: '0' }).messageRate, 0);
});
