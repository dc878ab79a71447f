import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientMemoryBudget } from '../../src/domain/delivery/client-memory-budget.ts';
import { StatsLogger } from '../../src/ops/stats-logger.ts';
import type { LogRecord } from '../../src/ports/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('reports each minute what the process holds for its clients', () => {
  const records: LogRecord[] = [];
  const clock = new FakeClock();
  const budget = new ClientMemoryBudget(1000);
  const stats = new StatsLogger({
    clock,
    logger: { record: (record) => void records.push(record) },
    counts: { connections: { count: 3 }, connectedUsers: { count: 2 }, budget, router: undefined },
  });
  budget.noteCache({ evict: () => {} }, 400);
  budget.gauge('answers').set(300);

  clock.advance(60_000);
  budget.gauge('commands').set(200);
  clock.advance(60_000);
  stats.close();
  clock.advance(60_000);

  const held = { bytesMax: 1000, recentEvents: 400, answers: 300, unsent: 0 };
  assert.deepEqual(
    records.map((record) => record.event === 'server.state' && [record.connections, record.budget]),
    [
      [3, { ...held, commands: 0 }],
      [3, { ...held, commands: 200 }],
    ],
  );
});
