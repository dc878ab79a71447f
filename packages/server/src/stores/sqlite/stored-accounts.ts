/** SQLite for commands that run beside the server: one connection, no threads. */
import { existsSync } from 'node:fs';
import { nameKeysOf } from '../../model/name-keys.ts';
import { type StoredAccounts, StoreUnusable } from '../../ports/store.ts';
import {
  ACCOUNTS,
  findAccount,
  findCredentials,
  insertUser,
  listAccounts,
} from '../sql/accounts.ts';
import { AUDIT } from '../sql/audit.ts';
import { IMPORTS } from '../sql/imports.ts';
import { INVITES } from '../sql/invites.ts';
import type { Operation } from '../sql/operation.ts';
import { insertPasswordReset } from '../sql/password-resets.ts';
import { deleteAccount } from '../sql/removals.ts';
import { ROOMS } from '../sql/rooms.ts';
import { deleteSessionsOf, SESSIONS, setDisabled, setPassword, setRole } from '../sql/sessions.ts';
import { INDEX_ALL } from '../sql/tables.ts';
import { Database } from './database.ts';
import { databaseFile } from './database-files.ts';
import { rejectUnfinished, requireSchema } from './migrate.ts';
import { runNow } from './run-now.ts';

/** Milliseconds to wait for a write of the server. */
const BUSY_MS = 10_000;

/** @throws {StoreUnusable} if there is no database, or another command must run first. */
export function openSqliteAccounts(directory: string): StoredAccounts {
  const database = openBeside(directory);
  const read = async <T>(operation: Operation<T>): Promise<T> => runNow(database, operation);
  const write = async <T>(operation: Operation<T>): Promise<T> =>
    database.transaction(() => runNow(database, operation));
  return {
    accounts: {
      insertUser: (user, passwordHash, use, by) =>
        write(insertUser(user, passwordHash, nameKeysOf(user), use, by)),
      findCredentials: (username) => read(findCredentials(username)),
      listAccounts: (page) => read(listAccounts(page)),
      listUsers: (...args) => read(ACCOUNTS.reads.listUsers(...args)),
      insertPasswordReset: (...args) => write(insertPasswordReset(...args)),
      findAccount: (userId) => read(findAccount(userId)),
      findDemo: () => read(ACCOUNTS.reads.findDemo()),
      noteDemo: (untilMs) => write(ACCOUNTS.writes.noteDemo(untilMs)),
    },
    sessions: {
      setPassword: (...args) => write(setPassword(...args)),
      setRole: (...args) => write(setRole(...args)),
      setDisabled: (...args) => write(setDisabled(...args)),
      listSessions: (...args) => read(SESSIONS.reads.listSessions(...args)),
      deleteSessionsOf: (...args) => write(deleteSessionsOf(...args)),
    },
    audit: {
      listAudit: (query) => read(AUDIT.reads.listAudit(query)),
      readAuditChain: (...args) => read(AUDIT.reads.readAuditChain(...args)),
      findPrune: () => read(AUDIT.reads.findPrune()),
    },
    invites: {
      insertInvite: (...args) => write(INVITES.transactions.insertInvite(...args)),
      listInvites: (...args) => read(INVITES.reads.listInvites(...args)),
      deleteInvite: (...args) => write(INVITES.transactions.deleteInvite(...args)),
    },
    rooms: {
      listAllRooms: (...args) => read(ROOMS.reads.listAllRooms(...args)),
      changeRoom: (...args) => write(ROOMS.transactions.changeRoom(...args)),
      giveRole: (...args) => write(ROOMS.transactions.giveRole(...args)),
      hideRoom: (...args) => write(ROOMS.transactions.hideRoom(...args)),
    },
    imports: {
      insertImport: (...args) => write(IMPORTS.transactions.insertImport(...args)),
      findImport: (...args) => read(IMPORTS.reads.findImport(...args)),
    },
    removals: { deleteAccount: (...args) => write(deleteAccount(...args)) },
    close: async () => database.close(),
  };
}

/** Makes the server index all messages again. @throws {StoreUnusable} as `openSqliteAccounts`. */
export function reindexSqlite(directory: string): void {
  const database = openBeside(directory);
  try {
    database.transaction(() => {
      // All documents leave the index at once: one by one, they would take as long as new ones.
      const name = 'search_document_deleted';
      const sql = 'SELECT sql FROM sqlite_schema WHERE name = ?';
      const trigger = database.one<{ readonly sql: string }>(sql, name);
      database.exec(`DROP TRIGGER ${name}; DELETE FROM search_documents`);
      database.exec("INSERT INTO search_index (search_index) VALUES ('delete-all')");
      if (trigger !== undefined) database.exec(trigger.sql);
      database.run(INDEX_ALL);
    });
  } finally {
    database.close();
  }
}

function openBeside(directory: string): Database {
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
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
