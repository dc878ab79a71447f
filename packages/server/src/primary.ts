/**
 * The primary of several worker processes: it owns the data directory, the SQLite store and the bus
 * between the workers, and serves no clients. A composition root, like `app.ts`.
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusHub } from './bus/process/hub.ts';
import { TokenLeaseHost } from './bus/process/token-leases.ts';
import { openAccessTokens } from './composition/compose-chat.ts';
import { serverLockOptions } from './composition/open-node.ts';
import { sessionSecrets, tokenSecrets } from './composition/secrets.ts';
import type { RunningServer, ServerOptions } from './composition/server-options.ts';
import { explainFullDisk, prepareDataDirectory } from './config/data-directory.ts';
import { ConfigError, type Values } from './config/load-config.ts';
import { nodeNameOf } from './config/role.ts';
import { BoundedLogger } from './ops/bounded-logger.ts';
import { createLogger } from './ops/logger.ts';
import type { Logger } from './ports/logger.ts';
import { OwnerLock } from './stores/sqlite/owner-lock.ts';
import { openSqliteHost, type SqliteHost } from './stores/sqlite/remote-store.ts';
import { systemClock } from './system/clock.ts';
import { Supervisor } from './workers/supervisor.ts';

/** @throws like `startServer`. */
export async function startPrimary({
  values,
  version,
  webRoot,
}: ServerOptions): Promise<RunningServer> {
  const logger = new BoundedLogger(
    createLogger(values.LOG_LEVEL, { node: nodeNameOf(values) }),
    systemClock,
  );
  const steps: (() => unknown)[] = [() => logger.close()];
  const undoAll = async (): Promise<void> => {
    for (const step of steps.splice(0).reverse()) await step();
  };
  try {
    const directory = prepareDataDirectory(values.DATA_DIR);
    const owner = OwnerLock.acquire(directory);
    steps.push(() => owner.release());
    // Creates missing secrets before the workers read them.
    sessionSecrets(values, directory);
    openAccessTokens(values, tokenSecrets(values, directory));
    const sqlite = await openStore(values, { directory, logger, undo: (step) => steps.push(step) });
    const socketDirectory = makeSocketDirectory();
    const hub = new BusHub();
    const tokenLeases = new TokenLeaseHost(systemClock);
    const { supervisor, ready } = await Supervisor.start({
      start: {
        values: await workerValues(values),
        version,
        webRoot,
        store: sqlite && { description: sqlite.description, weakenedBy: sqlite.weakenedBy },
        socketDirectory,
      },
      logger,
      connect: (worker) => {
        sqlite?.serve(worker);
        tokenLeases.serve(worker);
        return hub.connect(worker);
      },
    });
    owner.describe({ url: ready.url });
    return toRunningServer(ready, { logger, supervisor, undoAll });
  } catch (error) {
    await undoAll();
    throw explainFullDisk(error, values.DATA_DIR);
  }
}

/** Makes the folder of the workers' sockets, whose paths must be short; it is removed at the exit. */
function makeSocketDirectory(): string {
  const parent = tmpdir();
  try {
    const directory = mkdtempSync(join(parent, 'parley-'));
    // However the process exits: a signal may end it during the start.
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    return directory;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `The folder for temporary files, '${parent}', cannot be written to (${code}). Choose another with TMPDIR.`,
    );
  }
}

/** Opens SQLite for the workers; with PostgreSQL, each worker has its own connections. */
async function openStore(
  values: Values,
  dependencies: {
    readonly directory: string;
    readonly logger: Logger;
    readonly undo: (step: () => unknown) => void;
  },
): Promise<SqliteHost | undefined> {
  const { directory, logger, undo } = dependencies;
  const { DATABASE_URL: url, DURABILITY: durability, DATABASE_TIMEOUT_MS: timeoutMs } = values;
  if (url !== 'sqlite:') {
    const { ServerLock } = await import('./stores/postgres/server-lock.ts');
    const lock = await ServerLock.acquire(url, serverLockOptions(values, logger));
    undo(() => lock.release());
    return undefined;
  }
  const onFailure = (error: unknown) => logger.record({ event: 'store.failed', error });
  const reserveBytes = values.DISK_RESERVE_BYTES;
  const host = await openSqliteHost({
    ...{ directory, durability, timeoutMs, reserveBytes, onFailure },
  });
  undo(() => host.close());
  return host;
}

/** Gives each worker its share, and all of them one port. */
async function workerValues(values: Values): Promise<Values> {
  return {
    ...values,
    PORT: await findPort(values),
    MEMORY_BUDGET_BYTES: Math.ceil(values.MEMORY_BUDGET_BYTES / values.WORKERS),
  };
}

/** Also finds errors of `HOST` and `PORT` before a worker starts. */
async function findPort({ PORT: port, HOST: host }: Values): Promise<number> {
  const server = createServer();
  server.listen({ port, host });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

function toRunningServer(
  ready: Pick<RunningServer, 'url' | 'otherUrls' | 'ownerUrl' | 'store'>,
  parts: {
    readonly logger: Logger;
    readonly supervisor: Supervisor;
    readonly undoAll: () => Promise<void>;
  },
): RunningServer {
  const { logger, supervisor, undoAll } = parts;
  let closing: Promise<void> | undefined;
  const close = async (reason: string, drainMs: number): Promise<void> => {
    await supervisor.stop(reason, drainMs);
    await undoAll();
  };
  return {
    ...ready,
    logger,
    close: (reason, drainMs = 0) => {
      closing ??= close(reason, drainMs);
      return closing;
    },
  };
}
