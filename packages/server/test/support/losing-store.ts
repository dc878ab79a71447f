/** A store that commits, but whose answers are lost while the test says so. */
import { type Store, StoreUnavailable } from '../../src/ports/store.ts';
import { openSqliteInMemory } from './sqlite-in-memory.ts';

export function losingStore() {
  const inner = openSqliteInMemory();
  const answers = { areLost: false };
  const store: Store = {
    ...inner,
    log: {
      ...inner.log,
      async commit(commands) {
        const outcomes = await inner.log.commit(commands);
        if (answers.areLost) throw new StoreUnavailable('The answer was lost');
        return outcomes;
      },
    },
  };
  return { store, answers };
}
