/** Accounts in SQLite for a command that runs beside the server: one connection, no threads. */
import { existsSync } from 'node:fs';
import { nameKeysOf } from '../../model/name-keys.ts';
import { type StoredAccounts, StoreUnusable } from '../../ports/store.ts';
import { findCredentials, insertUser } from '../sql/accounts.ts';
import { setPassword } from '../sql/sessions.ts';
import { Database } from './database.ts';
import { databaseFile } from './database-files.ts';
import { rejectUnfinished, requireSchema } from './migrate.ts';
import { runNow } from './run-now.ts';

/** Milliseconds to wait for a write of the server. */
const BUSY_MS = 10_000;

/** @throws {StoreUnusable} if there is no database, or another command must run first. */
export function openSqliteAccounts(directory: string): StoredAccounts {
  const file = databaseFile(directory);
  if (!existsSync(file)) {
    throw new StoreUnusable(
      `There is no database in ${directory}: start the server, or run 'parley migrate'.`,
    );
  }
  const database = new Database(file, { busyTimeoutMs: BUSY_MS });
  try {
    requireSchema(database);
    rejectUnfinished(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    accounts: {
      insertUser: async (user, passwordHash) =>
        database.transaction(() =>
          runNow(database, insertUser(user, passwordHash, nameKeysOf(user))),
        ),
      findCredentials: async (username) => runNow(database, findCredentials(username)),
    },
    sessions: {
      setPassword: async (userId, passwordHash) =>
        database.transaction(() => runNow(database, setPassword(userId, passwordHash))),
    },
    close: async () => database.close(),
  };
}
