/**
 * The bus over Redis pub/sub. A node subscribes to a channel only while it has a handler for it.
 */
import type { BusTopic, NodeId } from '../../model/bus-message.ts';
import type { Bus, BusDrop, BusHandler } from '../../ports/bus.ts';
import type { TokenLeases } from '../../ports/token-leases.ts';
import { BusCodec } from '../codec.ts';
import { ReconnectingPubSub } from './reconnecting-pub-sub.ts';
import { Seal, unsealed } from './seal.ts';
import { openRedisTokenLeases } from './token-leases.ts';

export interface RedisBusOptions {
  readonly url: string;
  readonly nodeId: NodeId;
  /** Identity of the cluster: several clusters may share one Redis. */
  readonly deployment: string;
  /** Secrets that the nodes share, which prove who sent a message: the first one signs. */
  readonly secrets: readonly [string, ...string[]];
  /** Called for each message that is dropped. */
  readonly onDropped: (reason: BusDrop) => void;
  /** Called when messages stop to reach the other nodes; with the cause. */
  readonly onDown: (error: unknown) => void;
  /** Called when messages reach the other nodes again. */
  readonly onUp: () => void;
  /** Called if a message of another node cannot be handled. */
  readonly onFailed: (error: unknown) => void;
  /** Milliseconds that a connection may take. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds that a subscription may take. */
  readonly timeoutMs?: number;
  /** Interval at which the node checks that messages arrive. */
  readonly probeIntervalMs?: number;
}

/** The bus, and the rate limits on its connection. */
export interface RedisBus extends Bus {
  readonly tokenLeases: TokenLeases;
}

const CONNECT_TIMEOUT_MS = 5000;
const TIMEOUT_MS = 1000;
const PROBE_INTERVAL_MS = 1000;

/** Begins without a connection if Redis is down. @throws {RedisRejection} if Redis rejects it. */
export async function openRedisBus(options: RedisBusOptions): Promise<RedisBus> {
  const { url, nodeId, deployment, timeoutMs = TIMEOUT_MS } = options;
  const { onDown, onDropped, onFailed } = options;
  const codec = new BusCodec(deployment, nodeId);
  const seal = new Seal(options.secrets);
  const prefix = `parley:${deployment}:`;
  const secretsChannel = `${prefix}nodes:all`;
  const handlersOf = new Map<string, Set<BusHandler<BusTopic>>>();
  const reconnectedListeners = new Set<() => void>();

  const onMessage = (channel: string, sealed: string): void => {
    const text = unsealed(sealed);
    if (codec.isOwn(text)) return;
    const frame = codec.decode(text);
    if (!seal.isGenuine(channel, sealed)) {
      onDropped('foreign');
      // Nodes with other secrets find each other by the fingerprints.
      if (frame?.message.kind !== 'secrets' || channel !== secretsChannel) return;
    }
    if (frame === undefined) {
      onDropped('malformed');
      return;
    }
    // Iterates over a copy: a handler may subscribe or unsubscribe.
    for (const handle of [...(handlersOf.get(channel) ?? [])]) {
      try {
        handle(frame.message, frame.node);
      } catch (error) {
        onDropped('unhandled');
        onFailed(error); // The message of another node must not end the connection.
      }
    }
  };
  const onUp = (): void => {
    options.onUp();
    for (const run of [...reconnectedListeners]) run();
  };
  const pubSub = await ReconnectingPubSub.open({
    url,
    probePrefix: `${prefix}probe:${nodeId}`,
    probeIntervalMs: options.probeIntervalMs ?? PROBE_INTERVAL_MS,
    timeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    onMessage,
    onDown,
    onUp,
  });

  return {
    nodeId,
    isShared: true,
    tokenLeases: openRedisTokenLeases(pubSub, prefix),
    get isUp() {
      return pubSub.isUp;
    },
    publish: (topic, id, message) => {
      const channel = `${prefix}${topic}:${id}`;
      if (!pubSub.isUp) onDropped('down');
      else pubSub.publish(channel, seal.seal(channel, codec.encode(message)), onDropped);
    },
    subscribe: async (topic, id, handle) => {
      const channel = `${prefix}${topic}:${id}`;
      const own: BusHandler<BusTopic> = (message, from) =>
        handle(message as Parameters<typeof handle>[0], from); // Published under this topic.
      const handlers = handlersOf.get(channel) ?? new Set();
      handlers.add(own);
      handlersOf.set(channel, handlers);
      await inTime(pubSub.subscribe(channel), timeoutMs);
      return () => {
        handlers.delete(own);
        if (handlers.size > 0 || handlersOf.get(channel) !== handlers) return;
        handlersOf.delete(channel);
        pubSub.unsubscribe(channel);
      };
    },
    onReconnected: (run) => {
      reconnectedListeners.add(run);
      return () => reconnectedListeners.delete(run);
    },
    close: async () => {
      handlersOf.clear();
      reconnectedListeners.clear();
      await pubSub.close();
    },
  };
}

/** Resolves when the subscription is confirmed, or when the time is over. */
async function inTime(confirmed: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: isLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  try {
    await Promise.race([confirmed, isLate]);
  } finally {
    clearTimeout(timer);
  }
}
