/**
 * One connection to Redis pub/sub: a client that subscribes and a client that publishes, because a
 * subscribing client of RESP2 can do nothing else. Ends at the first failure and does not reconnect.
 */
import { createClient, createCluster, ErrorReply } from 'redis';
import { findServer, splitAddresses } from './find-server.ts';

export interface PubSubConnection {
  publish(channel: string, text: string): Promise<unknown>;
  /** Resolves when messages published from now on arrive. */
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Runs a Lua script, which uses this key only. */
  evaluate(script: string, key: string, values: readonly string[]): Promise<unknown>;
  /** Closes at once; `onLost` is not called. */
  close(): void;
}

export interface PubSubOptions {
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
  const { timeoutMs, onMessage } = options;
  const { url, isCluster } = await findServer(options.url, timeoutMs);
  if (isCluster) return connectToCluster(options, link);
  const publisher = link.add(newClient({ url, timeoutMs }));
  const subscriber = link.add(newClient({ url, timeoutMs }));
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const onText = (text: string, channel: string): void => onMessage(channel, text);
  // Detected for each connection: the server may have been replaced by another version.
  const evaluate: PubSubConnection['evaluate'] = (script, key, values) =>
    publisher.eval(script, { keys: [key], arguments: [...values] });
  if (await offersShardedPubSub(publisher)) {
    return {
      evaluate,
      publish: (channel, text) => publisher.sPublish(channel, text),
      subscribe: (channels) => subscriber.sSubscribe([...channels], onText),
      unsubscribe: (channel) => subscriber.sUnsubscribe(channel, onText),
      close: () => link.close(),
    };
  }
  return {
    evaluate,
    publish: (channel, text) => publisher.publish(channel, text),
    subscribe: (channels) => subscriber.subscribe([...channels], onText),
    unsubscribe: (channel) => subscriber.unsubscribe(channel, onText),
    close: () => link.close(),
  };
}

/** A Redis Cluster: each channel belongs to one of its servers, which carries its messages alone. */
async function connectToCluster(options: PubSubOptions, link: Link): Promise<PubSubConnection> {
  const { timeoutMs, onMessage } = options;
  const urls = splitAddresses(options.url);
  const { username, password, protocol } = new URL(urls[0] ?? '');
  const cluster = link.add(
    createCluster({
      rootNodes: urls.map((url) => ({ url })),
      commandOptions: COMMAND_OPTIONS,
      // The other servers of the cluster expect the same credentials and transport.
      defaults: {
        ...(username === '' ? {} : { username: decodeURIComponent(username) }),
        ...(password === '' ? {} : { password: decodeURIComponent(password) }),
        disableOfflineQueue: true,
        commandsQueueMaxLength: WAITING_COMMANDS_MAX,
        socket: {
          connectTimeout: timeoutMs,
          ...(protocol === 'rediss:' ? { tls: true as const } : {}),
        },
      },
    }),
  );
  await cluster.connect();
  const onText = (text: string, channel: string): void => onMessage(channel, text);
  return {
    publish: (channel, text) => cluster.sPublish(channel, text),
    subscribe: async (channels) => {
      await Promise.all(channels.map((channel) => cluster.sSubscribe(channel, onText)));
    },
    unsubscribe: (channel) => cluster.sUnsubscribe(channel, onText),
    evaluate: (script, key, values) =>
      cluster.eval(script, { keys: [key], arguments: [...values] }),
    close: () => link.close(),
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
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown;
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

  add<C extends Closable>(client: C): C {
    this.#clients.add(client);
    const onEnd = (error?: unknown): void => {
      if (this.#isClosed || !this.#clients.has(client)) return;
      this.close();
      this.#options.onLost(error ?? new Error('Redis closed the connection'));
    };
    client.on('error', onEnd);
    client.on('end', onEnd);
    return client;
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
