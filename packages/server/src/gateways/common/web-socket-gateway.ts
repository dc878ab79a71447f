/**
 * Authenticates the upgrades of one dialect over WebSockets and creates their connections. Foreign
 * pages are rejected over HTTP; clients without a session as the codec says.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError, ERROR_CODES, SESSION_EXPIRED_CLOSE_CODE } from '@parley/protocol';
import {
  type Admission,
  type Connection,
  type MetricFamily,
  WebSocketError,
  WebSocketServer,
  type WebSocketServerOptions,
} from '@parley/websocket';
import { toChatError } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import { PROTOCOL_ERROR_CLOSE_CODE } from './close-codes.ts';
import type { ReceivedFrame } from './codec.ts';
import { containEncoding, recordSafely } from './error-containment.ts';
import { holdConnectionSlot } from './hold-connection-slot.ts';
import { formatRejection, toRejection } from './reject-upgrade.ts';
import { StreamMultiplexer } from './stream-multiplexer.ts';
import {
  describeMismatch,
  isVersioned,
  STREAMS_SUBPROTOCOL,
  selectProtocol,
  selectVersionedProtocol,
} from './subprotocol.ts';
import { WebSocketConnection, type WebSocketDependencies } from './web-socket-connection.ts';

/** Time over which the clients of a drained server reconnect. */
const RECONNECT_SPREAD_MS = 1000;

interface WebSocketGatewayOptions<Frame extends ReceivedFrame>
  extends WebSocketDependencies<Frame> {
  /** Limits and heartbeat of the engine. */
  readonly engine: Partial<WebSocketServerOptions>;
}

export class WebSocketGateway<Frame extends ReceivedFrame> {
  readonly #engine: WebSocketServer;
  readonly #dependencies: WebSocketDependencies<Frame>;
  /** For clients that negotiated no version. */
  readonly #plainDependencies: WebSocketDependencies<Frame>;
  /** Requests under authentication, so that rejections of the engine can be logged with an address. */
  readonly #upgradeRequests = new WeakMap<IncomingMessage, UpgradeRequest>();
  /** The connections that carry streams. */
  readonly #multiplexers = new WeakMap<Connection, StreamMultiplexer>();

  constructor({ engine, ...dependencies }: WebSocketGatewayOptions<Frame>) {
    const { codec, logger } = dependencies;
    const events = containEncoding(codec.events, logger);
    this.#dependencies = { ...dependencies, codec: { ...codec, events } };
    const { contentLengthMax, plainContentLengthMax = contentLengthMax } = dependencies.settings;
    const plain = Math.min(contentLengthMax, plainContentLengthMax);
    this.#plainDependencies = {
      ...this.#dependencies,
      settings: { ...dependencies.settings, contentLengthMax: plain },
    };
    this.#engine = new WebSocketServer({ ...engine, formatRejection });
    this.#engine.on('error', ({ error }: { error: unknown }) => {
      // The connection logs errors of the peer and the network.
      if (error instanceof WebSocketError) return;
      recordSafely(logger, { event: 'command.failed', error });
    });
    this.#engine.on('upgradeRefused', ({ reason, status }, request) => {
      const upgradeRequest = this.#upgradeRequests.get(request);
      // Rejections by `authorize` are logged there, with the reason.
      if (upgradeRequest === undefined || reason === 'authorize') return;
      this.#logRejection(upgradeRequest, status, reason);
    });
  }

  async handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void> {
    await holdConnectionSlot(upgradeRequest, socket);
    this.#upgradeRequests.set(request, upgradeRequest);
    let identity: Identity | undefined;
    const connection = await this.#engine.handleUpgrade(request, socket, head, {
      selectProtocol:
        this.#dependencies.codec.hasStreams === true ? selectVersionedProtocol : selectProtocol,
      authorize: async () => {
        try {
          identity = await this.#authenticate(upgradeRequest);
          return { accept: true };
        } catch (error) {
          return this.#reject(upgradeRequest, toChatError(error));
        }
      },
    });
    if (connection === undefined) return;
    if (identity === undefined) {
      this.#logRejection(upgradeRequest, SESSION_EXPIRED_CLOSE_CODE, 'UNAUTHENTICATED');
      connection.close(SESSION_EXPIRED_CLOSE_CODE, 'Unauthorized');
      return;
    }
    const mismatch = describeMismatch(connection.protocol);
    if (mismatch !== undefined) {
      this.#logRejection(upgradeRequest, PROTOCOL_ERROR_CLOSE_CODE, 'version');
      connection.close(PROTOCOL_ERROR_CLOSE_CODE, mismatch);
      return;
    }
    this.#connect(connection, identity, upgradeRequest);
  }

  #connect(socket: Connection, identity: Identity, upgradeRequest: UpgradeRequest): void {
    const { address, userAgent, acquireSlot, identify } = upgradeRequest;
    const client = { address, userAgent };
    const isPlain = !isVersioned(socket.protocol);
    const dependencies = isPlain ? this.#plainDependencies : this.#dependencies;
    if (socket.protocol !== STREAMS_SUBPROTOCOL) {
      new WebSocketConnection(socket, identity, client, dependencies);
      return;
    }
    const unsent = dependencies.chat.budget.gauge('unsent');
    const multiplexer = new StreamMultiplexer({
      ...{ socket, identity, unsent },
      // Not the whole: it holds the HTTP request.
      upgradeRequest: { acquireSlot, identify },
      connect: (stream, current) => {
        new WebSocketConnection(stream, current, client, { ...dependencies, unsent });
      },
    });
    this.#multiplexers.set(socket, multiplexer);
  }

  /**
   * Announces the end to all connections, and closes them with 1012, distributed over this time.
   * Then does what `shutdown` does.
   */
  async drain(overMs: number, timeoutMs: number): Promise<void> {
    this.#announceEnd();
    const draining = this.#engine.drain({ overMs, retryAfterSeconds: 1 });
    const timer = this.#dependencies.clock.schedule(overMs, () => void this.shutdown(timeoutMs));
    await draining;
    timer.cancel();
  }

  /** The metrics of the engine, for each dialect. */
  get metrics(): { readonly dialect: string; readonly families: MetricFamily[] } {
    return { dialect: this.#dependencies.codec.name, families: this.#engine.metrics.collect() };
  }

  /** Closes all connections with 1001, and waits until they are closed or the timeout expires. */
  shutdown(timeoutMs: number): Promise<void> {
    return this.#engine.shutdown(timeoutMs);
  }

  #announceEnd(): void {
    const { codec } = this.#dependencies;
    const connections = this.#engine.manager.getAllConnections();
    for (const [index, connection] of connections.entries()) {
      // Spread, so that the clients of one moment do not reconnect together.
      const retryAfterMs = Math.floor((index / connections.length) * RECONNECT_SPREAD_MS);
      const text = codec.encodeDraining?.(retryAfterMs);
      if (text === undefined || connection.state !== 'OPEN') continue;
      (this.#multiplexers.get(connection) ?? connection).sendText(text);
    }
  }

  /**
   * Returns undefined if a client without a session is to be closed after the upgrade.
   *
   * @throws {ChatError} FORBIDDEN, before the session is checked; UNAUTHENTICATED, UNAVAILABLE.
   */
  async #authenticate(upgradeRequest: UpgradeRequest): Promise<Identity | undefined> {
    if (!upgradeRequest.isOriginAllowed()) {
      throw new ChatError('FORBIDDEN', { message: 'This origin may not use the server' });
    }
    const closesLater = this.#dependencies.codec.unauthenticated !== 'http-status';
    try {
      const identity = await upgradeRequest.identify();
      if (identity === undefined && !closesLater) throw new ChatError('UNAUTHENTICATED');
      return identity;
    } catch (error) {
      if (closesLater && toChatError(error).code === 'UNAUTHENTICATED') return undefined;
      throw error;
    }
  }

  #reject(upgradeRequest: UpgradeRequest, error: ChatError): Admission {
    this.#logRejection(upgradeRequest, ERROR_CODES[error.code].status, error.code);
    return toRejection(error);
  }

  #logRejection({ address }: UpgradeRequest, status: number, reason: string): void {
    this.#dependencies.logger.record({ event: 'connection.refused', address, status, reason });
  }
}
