/**
 * Tables of the message store. `room_log` holds events, messages and reactions of a room in
 * partitions of a fixed number of events (buckets), so that a batch of one room is one conditional
 * write to one partition. An event has its idempotency key in its body. The other tables are
 * indexes, which are copied from it (`indexes.ts`).
 *
 * Bodies are JSON: Parley reads and writes them as a whole.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from 'cassandra-driver';
import { StoreUnusable } from '../../ports/store.ts';

/** Events of a bucket, for a new keyspace: 2,000 short messages are about 1 MB. */
export const BUCKET_EVENTS = 2000;
const VERSION = '4';

const TABLES: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text)',
  `CREATE TABLE IF NOT EXISTS room_log (
     room_id text, bucket int,
     head bigint static, ordinal bigint static, last_event_at bigint static,
     is_closed boolean static,
     copied bigint static,
     folds map<bigint, text> static,
     row_kind text, sequence bigint, key text,
     body text, batch_id text, folded bigint,
     PRIMARY KEY ((room_id, bucket), row_kind, sequence, key))`,
  `CREATE TABLE IF NOT EXISTS send_keys (
     room_id text, slice text, name text, body text, PRIMARY KEY ((room_id, slice), name))`,
  `CREATE TABLE IF NOT EXISTS message_positions (
     slice text, message_id text, room_id text, sequence bigint,
     PRIMARY KEY (slice, message_id))`,
  `CREATE TABLE IF NOT EXISTS threads (
     room_id text, parent_id text, sequence bigint, PRIMARY KEY ((room_id, parent_id), sequence))`,
  'CREATE TABLE IF NOT EXISTS pins (room_id text, sequence bigint, PRIMARY KEY (room_id, sequence))',
];

interface Keyspace {
  /** Identifies the logs in it. */
  readonly id: string;
  /** Events of a bucket. */
  readonly bucketEvents: number;
}

/** Creates the tables if they are missing. */
export async function openSchema(client: Client, bucketEvents: number): Promise<Keyspace> {
  for (const table of TABLES) await client.execute(table, [], { prepare: false });
  const insert = 'INSERT INTO meta (key, value) VALUES (?, ?) IF NOT EXISTS';
  await client.execute(insert, ['version', VERSION]);
  await client.execute(insert, ['bucket_events', String(bucketEvents)]);
  await client.execute(insert, ['id', randomUUID()]);
  return readKeyspace(client);
}

/** Reads what `openSchema` has created. @throws {StoreUnusable} if it is missing or newer. */
export async function readSchema(client: Client): Promise<Keyspace> {
  const { rowLength } = await client.execute(
    "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'meta'",
    [client.keyspace],
  );
  if (rowLength === 0) {
    throw new StoreUnusable(`CASSANDRA_URL: The keyspace '${client.keyspace}' has no messages.`);
  }
  return readKeyspace(client);
}

async function readKeyspace(client: Client): Promise<Keyspace> {
  const meta = new Map<string, string>();
  for (const { key, value } of (await client.execute('SELECT key, value FROM meta')).rows) {
    meta.set(key, value);
  }
  if (meta.get('version') !== VERSION) {
    throw new StoreUnusable(
      `The keyspace has schema version ${meta.get('version')}, this Parley knows ${VERSION}. Use a newer Parley.`,
    );
  }
  return { id: String(meta.get('id')), bucketEvents: Number(meta.get('bucket_events')) };
}
