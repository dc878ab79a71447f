/** Connection to Cassandra: policies, durability, and what an error says about a write. */
import { auth, Client, policies, types } from 'cassandra-driver';
import { NotBegun, StoreUnavailable, StoreUnusable } from '../../ports/store.ts';
import type { CassandraAddress } from './address.ts';
import { guardControlConnection } from './driver-guards.ts';

/** Milliseconds without an answer after which a request counts as lost. */
const REQUEST_TIMEOUT_MS = 5000;
const CONNECT_TIMEOUT_MS = 5000;
/**
 * Lost requests that a connection survives. The driver's 64 would take minutes on a connection that
 * the network forgot, where requests are lost one after another.
 */
const LOST_REQUESTS_MAX = 1;
const RECONNECT_MS_MAX = 10_000;
/** Copies of each row in a keyspace that Parley creates, if there are as many nodes. */
const COPIES = 3;

const { consistencies, responseErrorCodes } = types;

/** Reads and index writes: a quorum of the data centre, as the conditional writes use. */
export const QUORUM = { prepare: true, consistency: consistencies.localQuorum } as const;
/** Reads that finish a conditional write in progress first. */
export const SERIAL = { prepare: true, consistency: consistencies.localSerial } as const;
/**
 * Index writes that share a request; repeating them changes nothing. They need no log of the batch:
 * what fails is copied again.
 */
export const INDEX_WRITES = { ...QUORUM, logged: false, isIdempotent: true } as const;
export const CONDITIONAL = {
  ...QUORUM,
  serialConsistency: consistencies.localSerial,
  isIdempotent: false,
} as const;

/**
 * The policies: the nodes that hold a row, of this data centre, come first. No request is repeated
 * by the driver or sent twice, because a conditional write that timed out may have been applied;
 * `append.ts` finds out.
 *
 * @param mayCreate Whether a missing keyspace is created.
 */
export async function connect(
  address: CassandraAddress,
  { mayCreate }: { readonly mayCreate: boolean },
): Promise<Client> {
  const { dataCenter, credentials, usesTls } = address;
  const client = new Client({
    contactPoints: [...address.contactPoints],
    localDataCenter: dataCenter,
    ...(credentials && {
      authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password),
    }),
    ...(usesTls && { sslOptions: { rejectUnauthorized: true } }),
    policies: {
      loadBalancing: new policies.loadBalancing.TokenAwarePolicy(
        new policies.loadBalancing.DCAwareRoundRobinPolicy(dataCenter),
      ),
      retry: new policies.retry.FallthroughRetryPolicy(),
      speculativeExecution: new policies.speculativeExecution.NoSpeculativeExecutionPolicy(),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(
        500,
        RECONNECT_MS_MAX,
        true,
      ),
    },
    socketOptions: {
      readTimeout: REQUEST_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      defunctReadTimeoutThreshold: LOST_REQUESTS_MAX,
    },
    queryOptions: { prepare: true, consistency: consistencies.localQuorum, isIdempotent: false },
    encoding: { map: Map },
  });
  guardControlConnection(client);
  try {
    await client.connect();
    if (!(await hasKeyspace(client, address))) {
      if (!mayCreate) {
        throw new StoreUnusable(`CASSANDRA_URL: There is no keyspace '${address.keyspace}'.`);
      }
      await createKeyspace(client, address);
    }
    await client.execute(`USE "${address.keyspace}"`, [], { prepare: false });
    return client;
  } catch (error) {
    await client.shutdown();
    throw error instanceof StoreUnusable ? error : unusable(error);
  }
}

async function hasKeyspace(client: Client, { keyspace }: CassandraAddress): Promise<boolean> {
  const { rowLength } = await client.execute(
    'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?',
    [keyspace],
  );
  return rowLength > 0;
}

async function createKeyspace(client: Client, address: CassandraAddress): Promise<void> {
  const { keyspace, dataCenter } = address;
  const copies = Math.min(COPIES, client.hosts.length);
  await client.execute(
    `CREATE KEYSPACE IF NOT EXISTS "${keyspace}" WITH replication =
       {'class': 'NetworkTopologyStrategy', '${dataCenter.replaceAll("'", "''")}': ${copies}}`,
    [],
    { prepare: false },
  );
}

/**
 * Checks that an acknowledged write is on disk: `commitlog_sync: periodic`, the default, flushes up
 * to 10 s later.
 *
 * @returns what weakens durability. @throws {StoreUnusable} if that is not accepted.
 */
export async function checkDurability(
  client: Client,
  { keyspace, durability }: { readonly keyspace: string; readonly durability: 'full' | 'relaxed' },
): Promise<string[]> {
  const weakened: string[] = [];
  for (const host of client.hosts.values()) {
    if (!host.isUp()) continue;
    const { rows } = await client.execute(
      "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'",
      [],
      { host, consistency: consistencies.one },
    );
    const sync = String(rows[0]?.['value'] ?? 'unknown');
    if (!['batch', 'group'].includes(sync))
      weakened.push(`commitlog_sync=${sync} on ${host.address}`);
  }
  const { rows } = await client.execute(
    'SELECT durable_writes FROM system_schema.keyspaces WHERE keyspace_name = ?',
    [keyspace],
  );
  if (rows[0]?.['durable_writes'] === false) weakened.push(`durable_writes=false of ${keyspace}`);
  if (weakened.length > 0 && durability === 'full') {
    throw new StoreUnusable(
      `Cassandra may lose acknowledged messages: ${weakened.join(', ')}. Set 'commitlog_sync: batch' on every node, or DURABILITY=relaxed.`,
    );
  }
  return weakened;
}

/** Names the errors of the driver as those of a store. Statements that Cassandra refuses stay as they are. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error;
  const { name, message } = error;
  // No node was asked, or too few replicas are up: nothing was written.
  if (name === 'NoHostAvailableError' || name === 'BusyConnectionError') {
    return new NotBegun(`Cassandra is unavailable: ${message}`, { cause: error });
  }
  if (name === 'ResponseError') {
    const { code } = error as Error & { readonly code: number };
    if (code === responseErrorCodes.unavailableException) {
      return new NotBegun(`Too few Cassandra nodes are up: ${message}`, { cause: error });
    }
    if (STATEMENT_ERRORS.has(code)) return error;
  }
  return new StoreUnavailable(`Cassandra did not answer: ${message}`, { cause: error });
}

/** The statement is wrong: a defect. */
const STATEMENT_ERRORS: ReadonlySet<number> = new Set([
  responseErrorCodes.syntaxError,
  responseErrorCodes.invalid,
  responseErrorCodes.unauthorized,
  responseErrorCodes.configError,
]);

function unusable(error: unknown): StoreUnusable {
  const { message } = error as Error;
  return new StoreUnusable(`Cannot open Cassandra at CASSANDRA_URL: ${message}`, { cause: error });
}
