import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionReaper } from '../../../src/domain/accounts/session-reaper.ts';
import { BackgroundTasks } from '../../../src/domain/primitives/background-tasks.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('deletes old records every hour, a step per second until none is left', async () => {
  const clock = new FakeClock();
  const background = new BackgroundTasks({ record: () => {} });
  const left = { sessions: 2500, attempts: 1000, notices: 500 };
  const deleteSome = async (kind: keyof typeof left): Promise<number> => {
    const count = Math.min(1000, left[kind]);
    left[kind] -= count;
    return count;
  };
  const reaper = new SessionReaper({
    sessions: { endExpired: async () => {}, purge: () => deleteSome('sessions') },
    liveSessions: { saveActivity: () => {} },
    externalSessions: undefined,
    accounts: {
      deleteOldAttempts: () => deleteSome('attempts'),
      deleteOldAccountNotices: () => deleteSome('notices'),
    },
    clock,
    background,
  });

  reaper.begin();
  const seen = [];
  for (const ms of [60 * 60 * 1000, 1000, 1000, 1000]) {
    clock.advance(ms);
    await background.settle();
    seen.push({ ...left });
  }

  assert.deepEqual(seen, [
    { sessions: 1500, attempts: 0, notices: 0 },
    { sessions: 500, attempts: 0, notices: 0 },
    { sessions: 0, attempts: 0, notices: 0 },
    { sessions: 0, attempts: 0, notices: 0 },
  ]);
  reaper.close();
  assert.equal(clock.timerCount, 0);
});
