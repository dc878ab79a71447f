import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindLog } from '../../src/composition/open-node.ts';
import type { RelationalStore } from '../../src/ports/relational-store.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openMemoryMessageLog } from '../support/memory-message-log.ts';
import { openTestStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const onFailure = (error: unknown): void => {
  throw error;
};

/** Passes the time of every timer at once. */
class HastyClock extends FakeClock {
  override schedule(delayMs: number, run: () => void) {
    const timer = super.schedule(delayMs, run);
    queueMicrotask(() => this.advance(delayMs));
    return timer;
  }
}

/** Its first calls of `bindLog` fail. */
async function openRelational(failures: number): Promise<RelationalStore> {
  const store = await openTestStore(temporaryDirectory());
  let leftToFail = failures;
  const relations = Object.create(store.relations) as typeof store.relations;
  relations.bindLog = async (id) => {
    leftToFail -= 1;
    if (leftToFail >= 0) throw new StoreUnavailable('connection refused');
    return store.relations.bindLog(id);
  };
  return Object.assign(Object.create(store) as typeof store, { relations });
}

for (const log of [undefined, openMemoryMessageLog()]) {
  const kind = log === undefined ? 'without a log' : 'with a log';

  test(`${kind}, starts with a store that is unavailable for nine seconds`, async () => {
    const relational = await openRelational(45);

    const store = await bindLog(log, relational, { clock: new HastyClock(), onFailure });

    assert(store.description.length > 0);
    await store.close();
  });

  test(`${kind}, reports in one line a store that stays unavailable`, async () => {
    const relational = await openRelational(1000);

    await assert.rejects(bindLog(log, relational, { clock: new HastyClock(), onFailure }), {
      name: 'StoreUnusable',
      message: 'The store was not available at the start: connection refused.',
    });
    await relational.close();
  });
}
