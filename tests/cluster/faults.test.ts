/** One round of real faults; `npm run crash -- --fault cluster` runs as long as one likes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { runFaults } from './faults-run.ts';

const SEED = 1;
const FAULTS_SHOWN = 3;
/** Three removals, two archived rooms of which one is restored, two deletions, and a disabled account. */
const ACTS = 9;

test('three nodes keep every promise while processes, servers and connections fail', {
  skip: redisSkip() || postgresSkip(),
}, async () => {
  const { faults, acknowledged, acts, keptIn } = await runFaults({ seed: SEED, durationMs: 0 });

  const found = faults.slice(0, FAULTS_SHOWN).map(({ kind, text }) => `${kind}: ${text}`);
  assert.equal(faults.length, 0, `${found.join('; ')} (history: ${keptIn})`);
  assert.ok(acknowledged > 0);
  assert.ok(acts >= ACTS);
});
