/** The message store in Cassandra, for more messages than one PostgreSQL can take. */
import { randomUUID } from 'node:crypto';
import type { MessageLog } from '../../ports/message-log.ts';
import { StoreUnavailable, StoreUnusable } from '../../ports/store.ts';
import { parseCassandraUrl } from './address.ts';
import { Appender } from './append.ts';
import { CONDITIONAL, checkDurability, connect, toStoreError } from './connection.ts';
import { Deletion } from './deletion.ts';
import { leaveLostConnections } from './driver-guards.ts';
import { Pages } from './pages.ts';
import { bucketsOf } from './room-log.ts';
import { BUCKET_EVENTS, openSchema } from './schema.ts';
import { Tails } from './tails.ts';

interface CassandraOptions {
  /** `cassandra://HOST:PORT,HOST:PORT/KEYSPACE?datacenter=NAME`. */
  readonly url: string;
  readonly durability: 'full' | 'relaxed';
  /** Events of a bucket, if the keyspace is new. */
  readonly bucketEvents?: number;
}

/**
 * Opens the message store, creates its tables and checks its durability.
 *
 * @throws {StoreUnusable} with one line for the operator.
 */
export async function openCassandraLog(options: CassandraOptions): Promise<MessageLog> {
  const { url, durability, bucketEvents = BUCKET_EVENTS } = options;
  const address = parseCassandraUrl(url);
  const { keyspace } = address;
  const client = await connect(address, { mayCreate: true });
  try {
    const weakenedBy = await checkDurability(client, { keyspace, durability });
    const opened = await openSchema(client, bucketEvents);
    const buckets = bucketsOf(opened.bucketEvents);
    const tails = new Tails(client, buckets);
    const appender = new Appender(client, buckets, tails);
    const pages = new Pages(client, buckets);
    const deletion = new Deletion(client, buckets, tails);
    const log: MessageLog = {
      id: opened.id,
      description: `Cassandra at ${address.contactPoints.join(', ')}, keyspace ${keyspace}`,
      weakenedBy,
      async readTail(roomId, { atLeast, isFresh }) {
        const known = isFresh ? undefined : tails.get(roomId);
        return (known ?? (await tails.read(roomId, atLeast))).tail;
      },
      append: (batch) => appender.append(batch),
      async findKeys(roomId, names, tail) {
        const recent = await tails.recentKeys(roomId, tail);
        const others = names.filter((name) => !recent.has(name));
        const found = [
          ...names.flatMap((name) => recent.get(name) ?? []),
          ...(await pages.findKeys(roomId, others)),
        ];
        return new Map(found.map((key) => [key.name, key]));
      },
      findMessages: (roomId, ids) => pages.findMessages(roomId, ids),
      async findRoomOfMessage(messageId) {
        const position = await pages.findPosition(messageId);
        if (position === undefined) return undefined;
        const { roomId, sequence } = position;
        const messages = await pages.readMessagesAt(roomId, [sequence]);
        return messages.some(({ id }) => id === messageId) ? roomId : undefined;
      },
      hasReaction: (roomId, reaction) => pages.hasReaction(roomId, reaction),
      listReactionUsers: (roomId, reaction, limit) =>
        pages.listReactionUsers(roomId, reaction, limit),
      readRecords: (roomId, range) => pages.readRecords(roomId, range),
      readMessages: (range) => pages.readMessages(range),
      readMessagesAt: (roomId, sequences) => pages.readMessagesAt(roomId, sequences),
      deleteRange: (roomId, range) => deletion.deleteRange(roomId, range),
      closeUnused: (roomId) => deletion.closeUnused(roomId),
      deleteLog: (roomId, atLeast) => deletion.deleteLog(roomId, atLeast),
      async probe() {
        const sql = "UPDATE meta SET value = ? WHERE key = 'probe' IF value != ?";
        const value = randomUUID();
        await client.execute(sql, [value, value], CONDITIONAL);
      },
      close: () => client.shutdown(),
    };
    return withStoreErrors(log, () => leaveLostConnections(client));
  } catch (error) {
    await client.shutdown();
    const failed = toStoreError(error);
    if (!(failed instanceof StoreUnavailable)) throw failed;
    throw new StoreUnusable(failed.message, { cause: error });
  }
}

/** Callers know the errors of a store, not those of the driver. */
function withStoreErrors(log: MessageLog, handleFailure: () => void): MessageLog {
  return new Proxy(log, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return async (...args: unknown[]) => {
        try {
          return await Reflect.apply(found, target, args);
        } catch (error) {
          handleFailure();
          throw toStoreError(error);
        }
      };
    },
  });
}
