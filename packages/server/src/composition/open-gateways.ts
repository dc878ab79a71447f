/** Opens a gateway for each dialect. */

import { LIMITS } from '@parley/protocol';
import { flatLimits } from '../config/connection-limits.ts';
import { engineLimits } from '../config/engine-limits.ts';
import type { Values } from '../config/load-config.ts';
import type { Chat } from '../domain/chat.ts';
import { channelsDialect } from '../gateways/channels/commands.ts';
import type { Codec, ReceivedFrame } from '../gateways/common/codec.ts';
import { flatCodec } from '../gateways/common/flat-codec.ts';
import type { ConnectionRateLimits } from '../gateways/common/web-socket-connection.ts';
import { WebSocketGateway } from '../gateways/common/web-socket-gateway.ts';
import { directDialect } from '../gateways/direct/commands.ts';
import { nativeCodec, type ServerDescription } from '../gateways/native/native-codec.ts';
import type { SocketIoGatewayOptions } from '../gateways/socketio/socketio-gateway.ts';
import { SocketIoGateway } from '../gateways/socketio/socketio-gateway.ts';
import type { HttpServerOptions } from '../http/http-server.ts';
import type { SocketioWorkerForwarder } from '../http/socketio-worker-forwarder.ts';
import type { UpgradeGateway } from '../http/upgrade-router.ts';
import type { EngineMetrics } from '../ops/metrics.ts';
import type { CommandMetrics } from '../ports/command-metrics.ts';
import type { Logger } from '../ports/logger.ts';
import { systemClock } from '../system/clock.ts';

const CLOSE_TIMEOUT_MS = 10_000;

export interface Gateways {
  /** The gateways by path. */
  readonly upgrades: ReadonlyMap<string, UpgradeGateway>;
  readonly rawHandlers: HttpServerOptions['rawHandlers'];
  readonly engineMetrics: () => readonly EngineMetrics[];
  /** @param drainMs Time over which connections are moved to other nodes; 0 closes them at once. */
  shutdown(drainMs: number): Promise<void>;
}

export function openGateways(
  values: Values,
  {
    chat,
    logger,
    metrics,
    secrets,
    toUpgradeRequest,
    forwarder,
    description,
  }: Pick<SocketIoGatewayOptions, 'logger' | 'metrics' | 'secrets' | 'toUpgradeRequest'> & {
    readonly chat: Chat;
    /** Set in a worker process. */
    readonly forwarder: SocketioWorkerForwarder | undefined;
    readonly description: ServerDescription;
  },
): Gateways {
  const idPrefix = forwarder?.idPrefix;
  const socketio = openSocketIoGateway(values, {
    ...{ chat, logger, metrics, secrets, idPrefix, toUpgradeRequest },
  });
  const native = openGateway(values, {
    chat,
    logger,
    metrics,
    codec: nativeCodec(systemClock, description),
    plainContentLengthMax: values.NATIVE_CONTENT_LENGTH_MAX,
  });
  // Each connection of these dialects has its own token bucket.
  const flat = { chat, logger, metrics, limits: flatLimits(values) };
  const channels = openGateway(values, { ...flat, codec: flatCodec(channelsDialect) });
  const direct = openGateway(values, { ...flat, codec: flatCodec(directDialect) });
  return {
    upgrades: new Map<string, UpgradeGateway>([
      ['/ws', native],
      ['/socket.io/', forwarder === undefined ? socketio : forwardUpgrades(forwarder, socketio)],
      ['/ws/chat', channels],
      ['/messagepal', direct],
    ]),
    rawHandlers: new Map([
      [
        '/socket.io/',
        (request, response) => {
          if (forwarder?.forward(request, response) === true) return;
          return socketio.handleRequest(request, response);
        },
      ],
    ]),
    engineMetrics: () => [native, channels, direct].map((gateway) => gateway.metrics),
    shutdown: async (drainMs) => {
      const end = (gateway: Pick<WebSocketGateway<never>, 'drain' | 'shutdown'>): Promise<void> =>
        drainMs > 0 ? gateway.drain(drainMs, CLOSE_TIMEOUT_MS) : gateway.shutdown(CLOSE_TIMEOUT_MS);
      // Socket.IO clients wait a random time by themselves before they reconnect.
      const ends = [socketio.shutdown(CLOSE_TIMEOUT_MS), end(native), end(channels), end(direct)];
      await Promise.all(ends);
    },
  };
}

function openGateway<Frame extends ReceivedFrame>(
  values: Values,
  {
    chat,
    logger,
    metrics,
    codec,
    ...own
  }: {
    readonly chat: Chat;
    readonly logger: Logger;
    readonly metrics: CommandMetrics;
    readonly codec: Codec<Frame>;
    readonly plainContentLengthMax?: number;
    readonly limits?: ConnectionRateLimits;
  },
): WebSocketGateway<Frame> {
  const { CONTENT_LENGTH_MAX: contentLengthMax, HARD_BUFFER_BYTES: hardBufferBytes } = values;
  return new WebSocketGateway({
    chat,
    logger,
    metrics,
    codec,
    clock: systemClock,
    settings: { contentLengthMax, hardBufferBytes, ...own },
    engine: engineLimits(values),
  });
}

/** Upgrades of polling sessions go to the worker that holds the session. */
function forwardUpgrades(
  forwarder: SocketioWorkerForwarder,
  gateway: UpgradeGateway,
): UpgradeGateway {
  return {
    handleUpgrade: async (request, socket, head, upgradeRequest) => {
      if (forwarder.forwardUpgrade(request, socket, head)) return;
      await gateway.handleUpgrade(request, socket, head, upgradeRequest);
    },
  };
}

function openSocketIoGateway(
  values: Values,
  dependencies: Pick<
    SocketIoGatewayOptions,
    'chat' | 'logger' | 'metrics' | 'secrets' | 'idPrefix' | 'toUpgradeRequest'
  >,
): SocketIoGateway {
  return new SocketIoGateway({
    ...dependencies,
    clock: systemClock,
    settings: {
      contentLengthMax: values.CONTENT_LENGTH_MAX,
      hardBufferBytes: values.HARD_BUFFER_BYTES,
    },
    engine: {
      pingInterval: values.SOCKETIO_PING_INTERVAL_MS,
      pingTimeout: values.SOCKETIO_PING_TIMEOUT_MS,
      maxHttpBufferSize: LIMITS.frameBytesMax,
      hasRates: values.MESSAGE_RATE_MAX > 0,
      origins: values.CORS_ORIGINS,
    },
  });
}
