/**
 * Opens the store and the bus that the settings name. The drivers of Cassandra, PostgreSQL and Redis
 * are a third of all modules: each is loaded only if it is used.
 */

import { openMemoryBus } from '../bus/memory/bus.ts';
import { NO_TOKEN_LEASES } from '../bus/memory/token-leases.ts';
import { openProcessBus } from '../bus/process/bus.ts';
import { openProcessTokenLeases } from '../bus/process/token-leases.ts';
import type { Values } from '../config/load-config.ts';
import { roleOf } from '../config/role.ts';
import { retryWhileUnavailable } from '../domain/primitives/retry-while-unavailable.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MessageLog } from '../ports/message-log.ts';
import type { RelationalStore } from '../ports/relational-store.ts';
import { type Store, StoreUnavailable, StoreUnusable } from '../ports/store.ts';
import type { ServerLockOptions } from '../stores/postgres/server-lock.ts';
import type { PostgresStore } from '../stores/postgres/store.ts';
import { type SplitStoreOptions, storesOver } from '../stores/split/store.ts';
import { openRemoteSqliteStore } from '../stores/sqlite/remote-store.ts';
import { openSqliteStore } from '../stores/sqlite/store.ts';
import { systemClock } from '../system/clock.ts';
import { systemCrypto } from '../system/crypto.ts';
import { redisUnusable } from './redis-unusable.ts';
import { tokenSecrets } from './secrets.ts';
import type { NodeComponents, ServerOptions, Undo } from './server-options.ts';

export async function openNode(
  options: ServerOptions,
  context: {
    readonly directory: string;
    readonly logger: Logger;
    readonly metrics: Pick<Metrics, 'noteDroppedMessage'>;
    readonly undo: Undo;
  },
): Promise<NodeComponents> {
  const { directory, logger, undo } = context;
  const { node } = options;
  if (node !== undefined) {
    undo(() => node.bus.close());
    return node;
  }
  const { store, databaseId } =
    options.store === undefined
      ? await openStore(options, directory, logger)
      : { store: options.store, databaseId: undefined };
  undo(() => store.close());
  const connected = await openBus(options, databaseId, context);
  undo(() => connected.bus.close());
  return { store, ...connected };
}

type StoreOptions = Pick<ServerOptions, 'values' | 'worker'>;

interface OpenStore {
  readonly store: Store;
  /** Undefined if nodes cannot share the store. */
  readonly databaseId: PostgresStore['databaseId'] | undefined;
}

/** Messages are in the database, or in Cassandra beside it. */
async function openStore(
  options: StoreOptions,
  directory: string,
  logger: Logger,
): Promise<OpenStore> {
  const { values } = options;
  const { store: relational, databaseId } = await openRelationalStore(options, directory, logger);
  const { CASSANDRA_URL: url, DURABILITY: durability } = values;
  let log: MessageLog | undefined;
  try {
    if (url !== undefined) {
      const { openCassandraLog } = await import('../stores/cassandra/message-log.ts');
      log = await openCassandraLog({ url, durability });
    }
    const onFailure = (error: unknown) => logger.record({ event: 'store.failed', error });
    const options = { clock: systemClock, onFailure, searchLanguages: values.SEARCH_LANGUAGES };
    const store = await bindLog(log, relational, options);
    return { store, databaseId };
  } catch (error) {
    await log?.close();
    await relational.close();
    throw error;
  }
}

/**
 * Binds the database to the log of its messages; without a log, they are in the database. Repeats
 * it for 10 seconds if the store is unavailable.
 *
 * @throws {StoreUnusable} with one line for the operator.
 */
export async function bindLog(
  log: MessageLog | undefined,
  relational: RelationalStore,
  { clock, ...options }: SplitStoreOptions & { readonly clock: Clock },
): Promise<Store> {
  try {
    return await retryWhileUnavailable(clock, async () => {
      if (log !== undefined) return storesOver(log, relational, options);
      if (await relational.relations.bindLog(undefined)) return relational;
      throw new StoreUnusable('CASSANDRA_URL is missing: the messages of this database are there.');
    });
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause;
    const message = `The store was not available at the start: ${cause.message}.`;
    throw new StoreUnusable(message, { cause });
  }
}

async function openRelationalStore(
  { values, worker }: StoreOptions,
  directory: string,
  logger: Logger,
): Promise<OpenStore & { readonly store: RelationalStore }> {
  const { DATABASE_URL: url, DURABILITY: durability, DATABASE_TIMEOUT_MS: timeoutMs } = values;
  if (url === 'sqlite:' && worker?.store !== undefined) {
    return { store: openRemoteSqliteStore(worker.primary, worker.store), databaseId: undefined };
  }
  if (url === 'sqlite:') {
    const onFailure = (error: unknown) => logger.record({ event: 'store.failed', error });
    const reserveBytes = values.DISK_RESERVE_BYTES;
    const store = await openSqliteStore({
      ...{ directory, durability, timeoutMs, reserveBytes, onFailure },
    });
    return { store, databaseId: undefined };
  }
  const { openPostgresStore } = await import('../stores/postgres/store.ts');
  const store = await openPostgresStore({
    url,
    durability,
    connectionsMax: values.DATABASE_CONNECTIONS_MAX,
    statementTimeoutMs: timeoutMs,
    // The primary holds the lock of its workers.
    ...(worker === undefined ? { serverLock: serverLockOptions(values, logger) } : {}),
  });
  return { store, databaseId: store.databaseId };
}

export function serverLockOptions(values: Values, logger: Logger): ServerLockOptions {
  return {
    mode: roleOf(values) === 'node' ? 'shared' : 'exclusive',
    onLost: (error) => logger.record({ event: 'store.unlocked', error }),
    onRegained: () => logger.record({ event: 'store.locked' }),
  };
}

/** A node begins even if Redis is down, so that it can restart then. */
async function openBus(
  { values, worker }: ServerOptions,
  databaseId: string | undefined,
  {
    directory,
    logger,
    metrics,
  }: Pick<Parameters<typeof openNode>[1], 'directory' | 'logger' | 'metrics'>,
): Promise<Pick<NodeComponents, 'bus' | 'tokenLeases'>> {
  const { REDIS_URL: url } = values;
  if (worker !== undefined && roleOf(values) !== 'node') {
    const onFailed = (error: unknown) => logger.record({ event: 'bus.failed', error });
    const bus = openProcessBus(worker.primary, {
      nodeId: systemCrypto.newRandomId(),
      onDropped: (reason, count) => metrics.noteDroppedMessage(reason, count),
      onFailed,
    });
    return { bus, tokenLeases: openProcessTokenLeases(worker.primary) };
  }
  if (roleOf(values) !== 'node' || url === undefined || databaseId === undefined) {
    return { bus: openMemoryBus(), tokenLeases: NO_TOKEN_LEASES };
  }
  try {
    const { openRedisBus } = await import('../bus/redis/bus.ts');
    const bus = await openRedisBus({
      url,
      nodeId: systemCrypto.newRandomId(),
      deployment: databaseId,
      secrets: tokenSecrets(values, directory),
      onDropped: (reason) => {
        metrics.noteDroppedMessage(reason);
        if (reason === 'foreign') logger.record({ event: 'bus.foreign' });
      },
      onDown: (error) => logger.record({ event: 'bus.down', error }),
      onUp: () => logger.record({ event: 'bus.up' }),
      onFailed: (error) => logger.record({ event: 'bus.failed', error }),
    });
    return { bus, tokenLeases: bus.tokenLeases };
  } catch (cause) {
    throw redisUnusable(cause);
  }
}
