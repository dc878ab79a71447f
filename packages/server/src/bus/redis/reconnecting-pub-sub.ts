/**
 * Redis pub/sub that replaces a failed connection by a new one, with a growing delay, and then
 * subscribes to all channels again. Messages published meanwhile are lost.
 */
import type { BusDrop } from '../../ports/bus.ts';
import { openPubSub, type PubSubConnection, RedisRejection } from './pub-sub-connection.ts';

interface ReconnectingPubSubOptions {
  readonly url: string;
  /** Begins the names of the channels on which this process alone checks that messages arrive. */
  readonly probePrefix: string;
  /** Milliseconds that a connection, or its next subscriptions, may take. */
  readonly timeoutMs: number;
  readonly probeIntervalMs: number;
  readonly onMessage: (channel: string, text: string) => void;
  readonly onDown: (error: unknown) => void;
  /** Called when all subscriptions hold again. */
  readonly onUp: () => void;
}

/** Probes in a row without an echo after which the connection counts as lost. */
const PROBES_MISSED_MAX = 3;
/** Time that Redis has to accept the last messages of a node that ends. */
const FLUSH_TIMEOUT_MS = 1000;
const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 2000;
/** Maximum characters that wait for Redis; beyond it, messages are dropped. */
const WAITING_LENGTH_MAX = 16 * 1024 * 1024;
/** Maximum number of channels that a new connection subscribes to at once. */
const CHANNELS_AT_ONCE_MAX = 1000;

export class ReconnectingPubSub {
  readonly #options: ReconnectingPubSubOptions;
  /** The channels, and when each subscription is confirmed. */
  readonly #channels = new Map<string, Promise<void>>();
  #connection: PubSubConnection | undefined;
  /** Resolves when the next connection has all subscriptions. */
  #next = Promise.withResolvers<void>();
  #retry: NodeJS.Timeout | undefined;
  readonly #probing: NodeJS.Timeout;
  #attempts = 0;
  /** The probe channels of the connection, and the number of probes in a row without an echo. */
  #probesMissed: Map<string, number> = new Map();
  #waitingLength = 0;
  #isClosed = false;

  /** Begins without a connection if Redis is down. @throws {RedisRejection} if Redis rejects it. */
  static async open(options: ReconnectingPubSubOptions): Promise<ReconnectingPubSub> {
    const pubSub = new ReconnectingPubSub(options);
    try {
      await pubSub.#connect();
    } catch (error) {
      if (error instanceof RedisRejection) {
        pubSub.#end();
        throw error;
      }
      options.onDown(error);
      pubSub.#reconnectLater();
    }
    return pubSub;
  }

  private constructor(options: ReconnectingPubSubOptions) {
    this.#options = options;
    this.#probing = setInterval(() => this.#probe(), options.probeIntervalMs).unref();
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  publish(channel: string, text: string, onDropped: (reason: BusDrop) => void): void {
    const connection = this.#connection;
    if (connection === undefined || this.#waitingLength > WAITING_LENGTH_MAX) {
      onDropped(connection === undefined ? 'down' : 'full');
      return;
    }
    this.#waitingLength += text.length;
    connection
      .publish(channel, text)
      .catch((error: unknown) => {
        onDropped('lost');
        this.#replace(connection, error);
      })
      .finally(() => {
        this.#waitingLength -= text.length;
      });
  }

  /** Resolves when the subscription is confirmed, by this connection or by the next one. */
  subscribe(channel: string): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) {
      this.#channels.set(channel, this.#next.promise);
      return this.#next.promise;
    }
    const subscribed = this.#channels.get(channel);
    if (subscribed !== undefined) return subscribed;
    const confirmed = connection.subscribe([channel]).catch((error: unknown) => {
      this.#replace(connection, error);
      return this.#next.promise;
    });
    this.#channels.set(channel, confirmed);
    return confirmed;
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel);
    const connection = this.#connection;
    connection?.unsubscribe(channel).catch((error: unknown) => this.#replace(connection, error));
  }

  /** Runs a Lua script, which uses this key only. @throws if there is no connection. */
  async evaluate(script: string, key: string, values: readonly string[]): Promise<unknown> {
    if (this.#connection === undefined) throw new Error('There is no connection to Redis');
    return this.#connection.evaluate(script, key, values);
  }

  /** Waits until Redis has what was published. */
  async close(): Promise<void> {
    await this.#flush();
    this.#end();
  }

  async #flush(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { promise: isLate, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
    // Redis executes the commands of a connection in order.
    const flushed = [...this.#probesMissed.keys()].map((probe) => connection.publish(probe, ''));
    await Promise.race([Promise.all(flushed), isLate]).catch(() => {});
    clearTimeout(timer);
  }

  #end(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#probing);
    this.#connection?.close();
    this.#connection = undefined;
    this.#channels.clear();
    this.#next.resolve();
  }

  async #connect(): Promise<void> {
    const { url, timeoutMs } = this.#options;
    let opened: PubSubConnection | undefined;
    const connection = await openPubSub({
      url,
      timeoutMs,
      onMessage: (channel, text) => this.#receive(channel, text),
      onLost: (error) => {
        if (opened !== undefined) this.#replace(opened, error);
      },
    });
    opened = connection;
    await this.#use(connection).catch((error: unknown) => {
      connection.close();
      throw error;
    });
  }

  /** Subscribes a new connection to all channels; from then on, it is the one in use. */
  async #use(connection: PubSubConnection): Promise<void> {
    const { probePrefix, timeoutMs } = this.#options;
    const subscribed = new Set<string>();
    const probes = connection.probeChannels(probePrefix);
    this.#probesMissed = new Map(probes.map((channel) => [channel, 0]));
    // Channels may be added and removed meanwhile: nothing is awaited after the last check.
    for (let some = probes; some.length > 0; some = this.#missing(subscribed)) {
      // A closed connection rejects what waits for it.
      const late = setTimeout(() => connection.close(), timeoutMs);
      await connection.subscribe(some).finally(() => clearTimeout(late));
      for (const channel of some) subscribed.add(channel);
    }
    if (this.#isClosed) {
      connection.close();
      return;
    }
    this.#connection = connection;
    for (const channel of subscribed) {
      if (!this.#probesMissed.has(channel) && !this.#channels.has(channel)) {
        this.unsubscribe(channel);
      }
    }
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  #missing(subscribed: ReadonlySet<string>): string[] {
    const missing = [...this.#channels.keys()].filter((channel) => !subscribed.has(channel));
    return missing.slice(0, CHANNELS_AT_ONCE_MAX);
  }

  #replace(connection: PubSubConnection, error: unknown): void {
    if (this.#isClosed || connection !== this.#connection) return;
    connection.close();
    this.#connection = undefined;
    this.#options.onDown(error);
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    if (this.#isClosed) return;
    const delayMs = Math.min(RECONNECT_MS_MIN * 2 ** this.#attempts, RECONNECT_MS_MAX);
    this.#attempts += 1;
    // Random, so that the nodes of a cluster do not reconnect at the same moment.
    const spreadMs = delayMs * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => {
      this.#connect().then(
        () => {
          if (!this.#isClosed) this.#options.onUp();
        },
        () => this.#reconnectLater(),
      );
    }, spreadMs);
  }

  /** Counts probes, not time: after a stall of this process, their echoes are still unread. */
  #probe(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (Math.max(...this.#probesMissed.values()) >= PROBES_MISSED_MAX) {
      this.#replace(connection, new Error('Redis does not deliver messages'));
      return;
    }
    for (const [channel, missed] of this.#probesMissed) {
      this.#probesMissed.set(channel, missed + 1);
      // The echo shows whether it arrived.
      this.publish(channel, '', () => {});
    }
  }

  #receive(channel: string, text: string): void {
    if (!this.#probesMissed.has(channel)) {
      this.#options.onMessage(channel, text);
      return;
    }
    this.#probesMissed.set(channel, 0);
    this.#attempts = 0;
  }
}
