/** Relational data for logs that are outside the database: what is PostgreSQL's own. */
import type { LogRelations } from '../../ports/relational-store.ts';
import { recordEffects } from '../sql/log-effects.ts';
import { RELATIONS } from '../sql/relations.ts';
import type { Database } from './database.ts';
import { inPostgres, runLater } from './run-later.ts';

export function logRelations(database: Database): LogRelations {
  return {
    ...inPostgres(database, RELATIONS),
    // As a commit, which does not wait for the connections and locks of other calls.
    recordEffects: (effects, languages) =>
      database.commit(async (queries) => {
        await runLater(queries, recordEffects(effects, languages));
        return { result: undefined, writes: [] };
      }),
  };
}
