/**
 * One connection to Redis pub/sub: for each server a client that subscribes and a client that
 * publishes, because a subscribing client of RESP2 can do nothing else. Ends at the first failure,
 * also of one of several servers, and does not reconnect.
 */
import { createClient, ErrorReply } from 'redis';
import { findServer, type SlotRange } from './find-server.ts';
import { oneChannelEach, serversBySlot, slotOf } from './slots.ts';

export interface PubSubConnection extends ServerConnection {
  /** Channels on which messages pass through each server. */
  probeChannels(prefix: string): readonly string[];
  /** Closes at once; `onLost` is not called. */
  close(): void;
}

interface ServerConnection {
  publish(channel: string, text: string): Promise<unknown>;
  /** Resolves when messages published from now on arrive. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Runs a Lua script, which uses this key only. */
  evaluate(script: string, key: string, values: readonly string[]): Promise<unknown>;
}

interface PubSubOptions {
  /** Several addresses are separated by commas. */
  readonly url: string;
  /** Milliseconds within which the connection must be established. */
  readonly timeoutMs: number;
  readonly onMessage: (channel: string, text: string) => void;
  readonly onLost: (error: unknown) => void;
}

/** Redis refuses the connection for a reason that waiting does not remove, such as a wrong password. */
export class RedisRejection extends Error {
  override readonly name = 'RedisRejection';
}

/** Maximum number of commands that wait for Redis in one client. */
const WAITING_COMMANDS_MAX = 100_000;

/**
 * Without the time limit of the package, which is a timer for each command: probes replace a
 * connection that does not answer, which rejects its commands.
 */
const COMMAND_OPTIONS = { timeout: 0 };

/** Error codes that waiting does not remove, unlike those of a Redis that is starting. */
const REJECTION = /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/;

/** @throws {RedisRejection} if Redis rejects the credentials; another Error if it is not available. */
export async function openPubSub(options: PubSubOptions): Promise<PubSubConnection> {
  const link = new Link(options);
  const late = Promise.withResolvers<never>();
  const { timeoutMs } = options;
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([connect(options, link), late.promise]);
  } catch (cause) {
    link.close();
    if (!(cause instanceof ErrorReply) || !REJECTION.test(cause.message)) throw cause;
    throw new RedisRejection(cause.message, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function connect(options: PubSubOptions, link: Link): Promise<PubSubConnection> {
  const found = await findServer(options.url, options.timeoutMs);
  const close = (): void => link.close();
  if (found.kind === 'cluster') {
    return { ...(await connectToCluster(found.ranges, options, link)), close };
  }
  const server = await connectToServer(found.url, options, link);
  return { ...server, probeChannels: (prefix) => [prefix], close };
}

async function connectToServer(
  url: string,
  { timeoutMs, onMessage }: PubSubOptions,
  link: Link,
): Promise<ServerConnection> {
  const publisher = link.add(newClient({ url, timeoutMs }));
  const subscriber = link.add(newClient({ url, timeoutMs }));
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const onText = (text: string, channel: string): void => onMessage(channel, text);
  const evaluate: ServerConnection['evaluate'] = (script, key, values) =>
    publisher.eval(script, { keys: [key], arguments: [...values] });
  // Detected for each connection: the server may have been replaced by another version.
  if (await offersShardedPubSub(publisher)) {
    return {
      evaluate,
      publish: (channel, text) => publisher.sPublish(channel, text),
      subscribe: (channels) => subscriber.sSubscribe([...channels], onText),
      unsubscribe: (channel) => subscriber.sUnsubscribe(channel, onText),
    };
  }
  return {
    evaluate,
    publish: (channel, text) => publisher.publish(channel, text),
    subscribe: (channels) => subscriber.subscribe([...channels], onText),
    unsubscribe: (channel) => subscriber.unsubscribe(channel, onText),
  };
}

/**
 * A Redis Cluster: each channel belongs to one of its servers, which carries its messages alone.
 * Ends when a channel or a key has moved to another server: the next connection finds it there. The
 * library's own client of a cluster reconnects by itself, and does not report lost messages.
 */
async function connectToCluster(
  ranges: readonly SlotRange[],
  options: PubSubOptions,
  link: Link,
): Promise<Omit<PubSubConnection, 'close'>> {
  const urls = [...new Set(ranges.map(({ url }) => url))];
  const servers = new Map(
    await Promise.all(
      urls.map(async (url) => [url, await connectToServer(url, options, link)] as const),
    ),
  );
  const bySlot = serversBySlot(ranges, servers);
  const serverOf = (channel: string): ServerConnection => {
    const server = bySlot[slotOf(channel)];
    if (server === undefined) throw new Error('A slot of the Redis Cluster has no server');
    return server;
  };
  return {
    publish: async (channel, text) => serverOf(channel).publish(channel, text),
    subscribe: async (channels) => {
      // A command has channels of one slot only.
      await Promise.all(channels.map((channel) => serverOf(channel).subscribe([channel])));
    },
    unsubscribe: async (channel) => serverOf(channel).unsubscribe(channel),
    evaluate: async (script, key, values) => {
      try {
        return await serverOf(key).evaluate(script, key, values);
      } catch (error) {
        if (error instanceof ErrorReply && error.message.startsWith('MOVED')) link.lose(error);
        throw error;
      }
    },
    probeChannels: (prefix) => oneChannelEach(prefix, bySlot),
  };
}

function newClient({ url, timeoutMs }: Pick<PubSubOptions, 'url' | 'timeoutMs'>) {
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_COMMANDS_MAX,
    commandOptions: COMMAND_OPTIONS,
    // The bus reconnects, because it must subscribe again and repair what was missed.
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false },
  });
}

type Client = ReturnType<typeof newClient>;

/** Redis 7 and Valkey have sharded pub/sub; older servers do not know the command. */
async function offersShardedPubSub(client: Client): Promise<boolean> {
  try {
    await client.pubSubShardChannels();
    return true;
  } catch (error) {
    if (error instanceof ErrorReply) return false;
    throw error;
  }
}

interface Closable {
  on(
    event: 'error' | 'end' | 'sharded-channel-moved',
    listener: (cause?: unknown) => void,
  ): unknown;
  destroy(): void;
}

/** The clients of one connection, which end together. */
class Link {
  readonly #clients = new Set<Closable>();
  readonly #options: Pick<PubSubOptions, 'onLost'>;
  #isClosed = false;

  constructor(options: Pick<PubSubOptions, 'onLost'>) {
    this.#options = options;
  }

  /** @throws if the connection has ended meanwhile. */
  add<C extends Closable>(client: C): C {
    if (this.#isClosed) throw new Error('The connection to Redis has ended');
    this.#clients.add(client);
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('Redis closed the connection')));
    client.on('sharded-channel-moved', () => this.lose(new Error('A channel has moved')));
    return client;
  }

  lose(error: unknown): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onLost(error);
  }

  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients) {
      try {
        client.destroy();
      } catch {
        // A client that is not connected cannot be destroyed.
      }
    }
    this.#clients.clear();
  }
}
