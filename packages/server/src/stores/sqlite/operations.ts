/**
 * Operations that the threads run, by name: the writer runs all waiting calls in one transaction, a
 * reader in one snapshot.
 */
import { LOG } from '../sql/log.ts';
import type { Feature } from '../sql/operation.ts';
import { RELATIONS } from '../sql/relations.ts';
import { RETENTION } from '../sql/retention.ts';
import { ROOMS } from '../sql/rooms.ts';
import { SQL_STORES } from '../sql/stores.ts';
import { commitText } from './commit-codec.ts';
import type { Database } from './database.ts';
import * as log from './log.ts';
import { historyText } from './page-codec.ts';
import * as probe from './probe.ts';
import { inSqlite } from './run-now.ts';

const FEATURES: readonly Feature[] = [...Object.values(SQL_STORES), LOG, RETENTION, RELATIONS];

/** All operations that need this, by name. */
function operationsFor(needs: keyof Feature): object {
  return Object.assign({}, ...FEATURES.map((feature) => inSqlite(feature[needs] ?? {})));
}

export const WRITES = Object.freeze({
  ...operationsFor('writes'),
  // Every batch of the writer is a transaction.
  ...operationsFor('transactions'),
  writeProbe: probe.writeProbe,
  commit: commitText,
});

const { listMembershipChanges } = inSqlite(ROOMS.reads);

export const READS = Object.freeze({
  ...operationsFor('reads'),
  ...operationsFor('snapshots'),
  // When many users open a room at once, equal changes are read only once.
  listMembershipChanges: ((database, args) =>
    database.once(JSON.stringify(['changes', ...args]), () =>
      listMembershipChanges(database, args),
    )) satisfies typeof listMembershipChanges,
  readHistory: historyText,
  readRoom: log.readRoom,
  readProbe: probe.readProbe,
});

// The argument's type is each operation's own; a table of them needs the common form.
// biome-ignore lint/suspicious/noExplicitAny: `unknown` would refuse every operation, `never` every call.
export type Operations = Readonly<Record<string, (database: Database, argument: any) => unknown>>;

export type ArgumentOf<O extends Operations, K extends keyof O> = Parameters<O[K]>[1];
export type ResultOf<O extends Operations, K extends keyof O> = ReturnType<O[K]>;
