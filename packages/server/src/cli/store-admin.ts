/** Store operations of the CLI. Besides `app.ts`, the only composition root that names adapters. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { joinLogs, moveLogsOut, type Staging } from '../archive/split-archive.ts';
import { findDataDirectory, prepareDataDirectory } from '../config/data-directory.ts';
import { ConfigError, type Values } from '../config/load-config.ts';
import { roleOf } from '../config/role.ts';
import { AccountAdministration } from '../domain/accounts/account-administration.ts';
import { AuditReader } from '../domain/audit/audit-reader.ts';
import { InviteAdministration } from '../domain/invites/invite-administration.ts';
import { RoomAdministration } from '../domain/rooms/room-administration.ts';
import type { ExportFile, HistoryImport, WantedImport } from '../model/history-import.ts';
import type { ArchiveSource, ArchiveTarget, LogArchive } from '../ports/archive.ts';
import type { FileStorage } from '../ports/file-storage.ts';
import type { StoredAccounts } from '../ports/store.ts';
import { openSqliteSource, openSqliteTarget } from '../stores/sqlite/archive.ts';
import { backUp, restore } from '../stores/sqlite/backup.ts';
import { existingDatabaseFile } from '../stores/sqlite/database-files.ts';
import { OwnerLock } from '../stores/sqlite/owner-lock.ts';
import { migrateSqlite, renewSqliteGeneration } from '../stores/sqlite/store.ts';
import { openSqliteAccounts, reindexSqlite } from '../stores/sqlite/stored-accounts.ts';
import { argon2PasswordHash } from '../system/argon2-password-hash.ts';
import { systemClock } from '../system/clock.ts';
import { commonPasswords } from '../system/common-passwords.ts';
import { systemCrypto } from '../system/crypto.ts';
import { version } from './version.ts';

export type StoreSettings = Pick<Values, 'DATABASE_URL' | 'DATA_DIR'> &
  Partial<Pick<Values, 'CASSANDRA_URL'>>;

const SQLITE = 'sqlite:';
const toStandardError = { record: ({ event }: { readonly event: string }) => console.error(event) };
/** Interval of looking how far an import is. */
const FOLLOW_MS = 500;
/** Entries of a directory without data, also after an interrupted restore. */
const NO_DATA =
  /^(files|owner\..*|(session|jwt)-secret(\.part)?|parley\.db\.part(-journal|-wal|-shm)?)$/;

/** @returns the versions of the schema before and after. */
export async function migrateStore(values: StoreSettings): Promise<{ from: number; to: number }> {
  if (values.DATABASE_URL !== SQLITE) {
    return (await loadPostgres()).migratePostgres(values.DATABASE_URL);
  }
  const directory = prepareDataDirectory(values.DATA_DIR);
  const lock = OwnerLock.acquire(directory);
  try {
    return migrateSqlite(directory);
  } finally {
    lock.release();
  }
}

/**
 * Notes that all messages are to be indexed again, which the servers then do.
 *
 * @throws {StoreUnusable} if there is no database, or another command must run first.
 */
export async function reindexStore(values: StoreSettings): Promise<void> {
  const { DATABASE_URL: url } = values;
  if (url === SQLITE) reindexSqlite(findDataDirectory(values.DATA_DIR));
  else await (await loadPostgres()).reindexPostgres(url);
}

/** Id of the process that uses the data directory; undefined if there is none. */
export function findServerProcess({ DATA_DIR }: StoreSettings): number | undefined {
  return OwnerLock.findOwner(findDataDirectory(DATA_DIR))?.pid;
}

/**
 * @throws DataDirectoryInUse while a server uses this SQLite database.
 * @throws {StoreUnusable} if there is no database.
 */
export async function renewGeneration(values: StoreSettings): Promise<void> {
  if (values.DATABASE_URL !== SQLITE) {
    await (await loadPostgres()).renewPostgresGeneration(values.DATABASE_URL);
    return;
  }
  const directory = findDataDirectory(values.DATA_DIR);
  existingDatabaseFile(directory);
  const lock = OwnerLock.acquire(directory);
  try {
    renewSqliteGeneration(directory);
  } finally {
    lock.release();
  }
}

type AccountSettings = StoreSettings & Pick<Values, 'DATABASE_TIMEOUT_MS'>;

/** Opens the accounts for `work`, also beside running servers. */
export async function administerAccounts(
  values: AccountSettings,
  work: (administration: AccountAdministration) => Promise<void>,
): Promise<void> {
  const { close, ...stores } = await openAccounts(values);
  const platform = {
    ...{ passwords: argon2PasswordHash, commonPasswords },
    ...{ secrets: systemCrypto, clock: systemClock, operator: operatorName() },
  };
  try {
    await work(new AccountAdministration({ ...stores, ...platform }));
  } finally {
    await close();
  }
}

/** Opens the links that let people in for `work`, also beside running servers. */
export async function administerInvites(
  values: AccountSettings,
  work: (administration: InviteAdministration) => Promise<void>,
): Promise<void> {
  const { close, ...stores } = await openAccounts(values);
  const platform = { secrets: systemCrypto, clock: systemClock, operator: operatorName() };
  try {
    await work(new InviteAdministration({ ...stores, ...platform }));
  } finally {
    await close();
  }
}

/** Opens the rooms for `work`, also beside running servers. */
export async function administerRooms(
  values: AccountSettings,
  work: (administration: RoomAdministration) => Promise<void>,
): Promise<void> {
  const { close, ...stores } = await openAccounts(values);
  try {
    await work(new RoomAdministration({ ...stores, clock: systemClock, operator: operatorName() }));
  } finally {
    await close();
  }
}

/** Opens the audit log for `work`, also beside running servers. */
export async function readAudit(
  values: AccountSettings,
  work: (reader: AuditReader) => Promise<void>,
): Promise<void> {
  const { close, ...stores } = await openAccounts(values);
  try {
    await work(new AuditReader({ ...stores, secrets: systemCrypto }));
  } finally {
    await close();
  }
}

/**
 * Notes an import, and returns when it has ended. A server that uses the store alone runs it; otherwise this
 * process does, as a server that runs the unit only.
 *
 * @param onChange Called at times with how far it is.
 */
export async function runImport(
  values: Values,
  exported: ExportFile,
  onChange: (now: HistoryImport & { readonly isByServer: boolean }) => void,
): Promise<HistoryImport> {
  const wanted: WantedImport = {
    ...{ ...exported, id: systemCrypto.newId(), operator: operatorName() },
    createdAtMs: systemClock.nowMs(),
  };
  const unit = await startImports(values);
  // It does not take over later: a server that is restarted would find the store in use.
  const { imports, close } = unit ?? (await openAccounts(values));
  try {
    const id = await imports.insertImport(wanted);
    for (;;) {
      const now = await imports.findImport(id);
      if (now === undefined) throw new Error('The import is no longer in the store');
      if (now.state === 'done' || now.state === 'failed') return now;
      onChange({ ...now, isByServer: unit === undefined });
      await wait(FOLLOW_MS);
    }
  } finally {
    await close();
  }
}

/** Opens the storage of files, also beside running servers. */
export async function openFiles(values: Values): Promise<FileStorage> {
  const { openFileStorage } = await import('../composition/open-file-storage.ts');
  return openFileStorage(values, findDataDirectory(values.DATA_DIR), toStandardError);
}

/** Undefined while a server uses the store alone. */
async function startImports(
  values: Values,
): Promise<Pick<StoredAccounts, 'imports' | 'close'> | undefined> {
  const isSqlite = values.DATABASE_URL === SQLITE;
  const lock = isSqlite ? OwnerLock.tryAcquire(prepareDataDirectory(values.DATA_DIR)) : undefined;
  if (isSqlite ? lock === undefined : !(await isPostgresFree(values))) return undefined;
  try {
    const { startUnits } = await import('../unit.ts');
    const own = { UNITS: ['imports'], LOG_LEVEL: 'error' } as const;
    const running = await startUnits({ values: { ...values, ...own }, version, webRoot: '' });
    const close = async (): Promise<void> => {
      await running.close('done');
      lock?.release();
    };
    return { imports: running.store.imports, close };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

async function isPostgresFree(values: Values): Promise<boolean> {
  const { isLockFree } = await import('../stores/postgres/server-lock.ts');
  return isLockFree(values.DATABASE_URL, roleOf(values) === 'node' ? 'shared' : 'exclusive');
}

async function openAccounts(values: AccountSettings): Promise<StoredAccounts> {
  const { DATABASE_URL: url, DATABASE_TIMEOUT_MS: statementTimeoutMs } = values;
  if (url === SQLITE) return openSqliteAccounts(findDataDirectory(values.DATA_DIR));
  return (await loadPostgres()).openPostgresAccounts({ url, statementTimeoutMs });
}

/** The user of the system who runs the command, for the audit log. */
function operatorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // The system has no name for this user, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}

/** Reads the messages of a store with Cassandra through a temporary SQLite database. */
export async function openSource(values: StoreSettings): Promise<ArchiveSource> {
  const { CASSANDRA_URL: url } = values;
  const database = await openDatabaseSource(values);
  // It has its messages itself, also if Cassandra is to have them after the import.
  if (database.logId === undefined) return database;
  try {
    if (url === undefined) {
      throw new ConfigError('CASSANDRA_URL is missing: the messages of this database are there.');
    }
    const logs = await openCassandra(url, 'source');
    const staging = await openStaging();
    try {
      if (logs.id !== database.logId) {
        throw new ConfigError(
          'CASSANDRA_URL: the messages of this database are in another keyspace.',
        );
      }
      const joined = await joinLogs(database, logs, staging);
      const close = async (): Promise<void> => {
        await joined.close();
        await staging.close();
      };
      return { ...joined, close };
    } catch (error) {
      await staging.close();
      throw error;
    } finally {
      await logs.close();
    }
  } finally {
    await database.close();
  }
}

/** @throws {ArchiveError} at the first row for a keyspace that is not empty. */
export async function openTarget(values: StoreSettings): Promise<ArchiveTarget> {
  const { CASSANDRA_URL: url } = values;
  const logs = url === undefined ? undefined : await openCassandra(url, 'target');
  try {
    const target = await openDatabaseTarget(values);
    return logs === undefined ? target : moveLogsOut(target, logs, openStaging);
  } catch (error) {
    await logs?.close();
    throw error;
  }
}

async function openDatabaseSource(values: StoreSettings): Promise<ArchiveSource> {
  if (values.DATABASE_URL !== SQLITE) {
    return (await loadPostgres()).openPostgresSource(values.DATABASE_URL);
  }
  return openSqliteSource(findDataDirectory(values.DATA_DIR));
}

async function openDatabaseTarget(values: StoreSettings): Promise<ArchiveTarget> {
  if (values.DATABASE_URL !== SQLITE) {
    return (await loadPostgres()).openPostgresTarget(values.DATABASE_URL);
  }
  return openSqliteTarget(prepareDataDirectory(values.DATA_DIR));
}

/** A temporary store, which is deleted when it is closed. */
async function openStaging(): Promise<Staging & { close(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-export-'));
  const target = await openSqliteTarget(directory);
  let isOpen = true;
  const closeTarget = async (): Promise<void> => {
    if (isOpen) await target.close();
    isOpen = false;
  };
  return {
    target,
    reopen: async () => {
      await closeTarget();
      return openSqliteSource(directory);
    },
    close: async () => {
      await closeTarget();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * @param copyFiles As `backUp`.
 * @throws {ConfigError} for PostgreSQL, which has its own tools.
 */
export async function backUpStore(
  values: StoreSettings,
  file: string,
  copyFiles?: Parameters<typeof backUp>[2],
): Promise<void> {
  requireSqlite(values, 'pg_dump or pg_basebackup');
  await backUp(findDataDirectory(values.DATA_DIR), file, copyFiles);
}

/** @throws {ConfigError} if the data directory is not empty. */
export async function restoreStore(
  values: StoreSettings,
  file: string,
  copyFiles?: Parameters<typeof restore>[2],
): Promise<void> {
  requireSqlite(values, 'psql or pg_restore');
  const directory = prepareDataDirectory(values.DATA_DIR);
  const lock = OwnerLock.acquire(directory);
  try {
    const found = readdirSync(directory).find((name) => !NO_DATA.test(name));
    if (found !== undefined) {
      throw new ConfigError(
        `DATA_DIR is '${values.DATA_DIR}', which is not empty (${found}): restore a backup into an empty directory.`,
      );
    }
    await restore(file, directory, copyFiles);
  } finally {
    lock.release();
  }
}

function requireSqlite(values: StoreSettings, tool: string): void {
  if (values.DATABASE_URL === SQLITE) return;
  throw new ConfigError(
    `DATABASE_URL is a PostgreSQL database. Use ${tool} for it, or 'parley export' and 'parley import' to move all data between stores.`,
  );
}

// A driver is loaded only if it is needed: every other command starts faster.

async function loadPostgres() {
  const [store, archive] = await Promise.all([
    import('../stores/postgres/store.ts'),
    import('../stores/postgres/archive.ts'),
  ]);
  return { ...store, ...archive };
}

async function openCassandra(url: string, use: 'source' | 'target'): Promise<LogArchive> {
  const { openCassandraArchive } = await import('../stores/cassandra/archive.ts');
  return openCassandraArchive(url, use);
}
