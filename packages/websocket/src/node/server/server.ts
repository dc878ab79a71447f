/**
 * The WebSocket server: joins listener, handshake, registry, heartbeat and broadcast. It runs on
 * its own HTTP server (`listen`), or takes over upgrades of another one (`handleUpgrade`).
 */
import { captureRejectionSymbol, EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type InspectOptions, inspect } from 'node:util';
import {
  argumentError,
  ConnectionError,
  classifyError,
  FrameError,
  HandshakeError,
} from '../../protocol/errors.ts';
import type { Rejection } from '../../protocol/handshake-rejection.ts';
import { AdmissionControl } from '../admission/admission-control.ts';
import { checkDescriptors, isDescriptorError } from '../admission/descriptors.ts';
import { OverloadController } from '../admission/overload-controller.ts';
import type { BroadcastOptions, BroadcastResult } from '../broadcast/broadcast.ts';
import type { ConnectionGroups } from '../broadcast/connection-groups.ts';
import { ConnectionManager } from '../broadcast/connection-manager.ts';
import { ConnectionRegistry } from '../broadcast/connection-registry.ts';
import { callApplication, warn } from '../call-application.ts';
import type { Timer } from '../clock.ts';
import { Connection } from '../connection/connection.ts';
import { Endpoint } from '../connection/endpoint.ts';
import type { EndpointContext, EndpointObserver } from '../connection/endpoint-types.ts';
import { createCompressionService } from '../deflate/compression-service.ts';
import { hasZlibContexts } from '../deflate/zlib-context-pool.ts';
import { Handshake, type HandshakeHost, type Upgrade } from '../handshake/handshake.ts';
import type { UpgradeHooks } from '../handshake/upgrade-hooks.ts';
import {
  type AdoptionAnswers,
  adoptionTransport,
  HTTP1_TRANSPORT,
} from '../handshake/upgrade-response.ts';
import { Heartbeat } from '../liveness/heartbeat.ts';
import { IdleAndAgeLimits } from '../liveness/idle-and-age-limits.ts';
import { StallWatchlist } from '../liveness/stall-watchlist.ts';
import { Instrumentation } from '../metrics/instrumentation.ts';
import { ServerMetrics } from '../metrics/server-metrics.ts';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';
import { Tracer } from '../observability/tracer.ts';
import {
  checkServerOptions,
  checkServerUpdate,
  checkShutdownTimeout,
  type ServerUpdate,
  updatableOf,
} from '../options/check-server-options.ts';
import { completeOptions } from '../options/option-table.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { tickMs } from '../options/time-limits.ts';
import { HAS_BUFFER_VIEWS } from '../receive/buffer-view.ts';
import { receiverOptions } from '../receive/receiver-options.ts';
import { HAS_SHARED_READS } from '../receive/shared-read-buffer.ts';
import { UnfinishedBudget } from '../receive/unfinished-budget.ts';
import { canCollectYoungObjects } from '../receive/young-collection.ts';
import { HAS_DIRECT_WRITES } from '../send/direct-write.ts';
import { FlushQueue } from '../send/flush-queue.ts';
import { WaitingBudget } from '../send/waiting-budget.ts';
import { CertificateWatch } from '../tls/certificate-watch.ts';
import { closeInWaves, Departure, DRAIN_OPTIONS, type DrainOptions } from './drain.ts';
import {
  createHttpListener,
  type HttpListener,
  limitRequests,
  secureContextOptions,
} from './http-listener.ts';
import { PortSockets } from './port-sockets.ts';
import { listenForPreRequestRejections } from './pre-request-rejections.ts';
import { RunOnce } from './run-once.ts';
import type { ServerEvents, ServerStats } from './server-events.ts';

export interface AdoptOptions<M = unknown> extends AdoptionAnswers {
  /** As for `handleUpgrade`. */
  readonly hooks?: UpgradeHooks<M>;
  /** Bytes of the client that were read already. Default none. */
  readonly head?: Uint8Array;
}

export class WebSocketServer<M = unknown> extends EventEmitter<ServerEvents<M>> {
  /** The connections: queries, groups, broadcasts, and closing them while the port stays open. */
  readonly manager: ConnectionManager<M>;
  /** The open and closing connections by id. */
  readonly connections: ReadonlyMap<string, Connection<M>>;
  /** Named groups of connections, for `broadcast`. */
  readonly groups: ConnectionGroups<M>;
  /** `collect()` and `observe(listener)`: see the metrics below. */
  readonly metrics: ServerMetrics;
  /** The updatable options as they were given: some defaults depend on others. */
  #given: ServerUpdate;
  /** The options after checks and updates: frozen for the outside. */
  #options: WebSocketServerOptions<M>;
  readonly #context: EndpointContext<M> &
    Required<Pick<EndpointContext<M>, 'idleAndAgeLimits' | 'rates' | 'waitingBudget'>>;
  readonly #parts: HandshakeHost<M> & { readonly heartbeat: Heartbeat };
  readonly #wavesEnd = new AbortController();
  #httpServer: HttpListener | undefined;
  #certificateWatch: CertificateWatch | undefined;
  /** The result of `listen`, unless it has failed. */
  #binding: Promise<AddressInfo> | undefined;
  #portSockets: PortSockets | undefined;
  #ticker: Timer | undefined;
  readonly #drain = new RunOnce();
  readonly #shutdown = new RunOnce();

  /** @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and the range. */
  constructor(given: Partial<WebSocketServerOptions<M>> = {}) {
    super({ captureRejections: true });
    this.#given = updatableOf(given);
    this.#options = checkServerOptions(given);
    // One object for all parts; `update` changes it.
    const options = { ...this.#options };
    const { trace, debugLog, enableHeartbeat, clock } = options;
    warnAboutShortInterval(options);
    const heartbeat = new Heartbeat(options);
    const instrumentation = new Instrumentation(clock);
    const stallWatchlist = new StallWatchlist();
    const registry = new ConnectionRegistry<M>();
    this.#context = {
      role: { name: 'server' },
      options,
      rules: receiverOptions('client', options),
      deflate: createCompressionService(options),
      flushQueue: new FlushQueue(instrumentation.sent),
      heartbeat: enableHeartbeat ? heartbeat : undefined,
      stallWatchlist,
      reportedErrors: new WeakSet(),
      unfinishedBudget: new UnfinishedBudget(options),
      waitingBudget: new WaitingBudget(options),
      idleAndAgeLimits: new IdleAndAgeLimits(options),
      instrumentation,
      tracer: trace && new Tracer(trace, this.#emitError),
      debug: debugLog?.start(this.#emitError),
      observer: this.#observeEndpoints(),
      rates: { options, counters: { throttled: 0, closed: 0 }, heartbeat },
    };
    const { deflate } = this.#context;
    const emit = this.#emitSafely;
    const shared = { options, instrumentation, registry, stallWatchlist, heartbeat, deflate, emit };
    const overload = new OverloadController<M>(shared);
    const admissionControl = new AdmissionControl({ ...shared, overload });
    const host = { ...shared, overload, admissionControl, departure: new Departure() };
    this.manager = new ConnectionManager(host);
    this.connections = this.manager.connections;
    this.groups = this.manager.groups;
    this.metrics = new ServerMetrics(host, this.#emitError);
    this.#parts = {
      ...host,
      manager: this.manager,
      createEndpoint: (socket, head, slot) => {
        try {
          this.#startTicking();
          const endpoint = new Endpoint(this.#context, socket, head);
          registry.reserve(endpoint);
          endpoint.slot = slot;
          return endpoint;
        } catch (error) {
          admissionControl.release(slot);
          throw error;
        }
      },
      announce: (connection, request) => this.#announce(connection, request),
      handleRejection: this.#emitRejection,
      handleMisuse: this.#emitError,
    };
  }

  /** All current options; `update` changes them. */
  get options(): WebSocketServerOptions<M> {
    return this.#options;
  }

  /**
   * Changes limits and intervals while the server runs: all of the given ones, or with an error
   * none. They apply at once, for open connections too; limits on messages, frames and fragments
   * to messages that arrive later. Open connections stay, however low a connection limit becomes.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and the range.
   */
  update(changes: ServerUpdate): void {
    const given = { ...this.#given, ...checkServerUpdate(changes) };
    const before = this.#options;
    const { enableHeartbeat } = before;
    // The others stay as they are, and are not checked again: a certificate may have expired since.
    const changed = updatableOf(checkServerOptions({ ...given, enableHeartbeat }));
    const options = Object.freeze({ ...before, ...changed });
    this.#given = given;
    this.#options = options;
    const { registry, admissionControl, overload, heartbeat } = this.#parts;
    Object.assign(this.#parts.options, options);
    const rules = receiverOptions('client', options);
    Object.assign(this.#context, { rules });
    for (const { inbound } of registry.endpoints()) inbound.adoptRules(rules);
    admissionControl.followOptions(registry.endpoints());
    overload.followOptions();
    this.#context.waitingBudget.followOptions();
    if (this.#httpServer !== undefined) {
      limitRequests(this.#httpServer, options, this.#parts.admissionControl.bounds, before);
    }
    if (this.#ticker === undefined) return;
    const open = [...registry.endpoints()].filter(({ state }) => state === 'OPEN');
    if (RATES.some((name) => options[name] !== before[name])) {
      // The next message is judged by the new limits.
      for (const { inbound } of open) inbound.stopLimiting();
    }
    // With the same period it goes on, however often limits change.
    if (tickMs(options) !== tickMs(before)) {
      this.#stopTicking();
      this.#startTicking();
    }
    const nowMs = options.clock.now();
    heartbeat.followEndpointOptions(nowMs);
    this.#context.idleAndAgeLimits.followEndpointOptions(open, nowMs);
  }

  /**
   * The server's own HTTP or HTTPS server, for settings such as `keepAliveTimeout` and
   * `maxRequestsPerSocket`; `undefined` until `listen` has bound its port.
   */
  get httpServer(): HttpListener | undefined {
    return this.#httpServer;
  }

  /**
   * Binds its own HTTP or HTTPS server. Rejects with the system's error, such as `EADDRINUSE`, or
   * with the problem of the certificate files, and may then be called again.
   */
  async listen(port = this.options.port, host = this.options.host): Promise<AddressInfo> {
    if (this.#binding !== undefined || this.isDraining) {
      throw argumentError('listen was already called, or the server has ended');
    }
    this.#binding = this.#listen(port, host);
    this.#binding.catch(() => {
      this.#binding = undefined;
    });
    return this.#binding;
  }

  /**
   * Takes over an upgrade, from the `upgrade` event of any HTTP server. The client gets a response
   * in any case. Never rejects; resolves to the connection, before any of its events, or to
   * `undefined` if the upgrade was rejected, the client left, or the socket is missing or was passed
   * to a server before, which is reported as `error`.
   */
  async handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Uint8Array = Buffer.alloc(0),
    hooks: UpgradeHooks<M> = {},
  ): Promise<Connection<M> | undefined> {
    return this.#performHandshake({ request, socket, head, hooks, exchange: HTTP1_TRANSPORT });
  }

  /**
   * Opens a connection over a stream whose opening handshake is not an upgrade of HTTP 1.1: one
   * performed elsewhere, or an extended CONNECT of HTTP/2 (see `handleConnect`). Paths, origins,
   * limits and hooks apply as usual; `accept` and `reject` answer. Resolves as `handleUpgrade`.
   */
  async adopt(
    socket: Duplex,
    request: IncomingMessage,
    { hooks = {}, head = Buffer.alloc(0), ...answers }: AdoptOptions<M> = {},
  ): Promise<Connection<M> | undefined> {
    const exchange = adoptionTransport(answers, (error) => this.#failUpgrade(socket, error));
    return this.#performHandshake({ request, socket, head, hooks, exchange });
  }

  /** Never throws, and returns a promise only if the decision needs to wait, which never rejects. */
  #performHandshake(
    upgrade: Upgrade<M>,
  ): Connection<M> | undefined | Promise<Connection<M> | undefined> {
    const fail = (error: unknown) => this.#failUpgrade(upgrade.socket, error);
    try {
      const result = new Handshake(this.#parts, upgrade).perform();
      return result instanceof Promise ? result.catch(fail) : result;
    } catch (error) {
      return fail(error);
    }
  }

  /** A bug in the engine, or an answer that failed: the state of the socket is unknown. */
  #failUpgrade(socket: Duplex, error: unknown): undefined {
    socket.on('error', () => {}).destroy();
    this.#emitError(error);
  }

  /** Sends a message to many connections: see `manager.broadcast`. */
  broadcast(message: string | Uint8Array, options?: BroadcastOptions<M>): BroadcastResult {
    return this.manager.broadcast(message, options);
  }

  /** Numbers for a health page or a log; visits each connection. */
  getStats(): ServerStats {
    const { heartbeat, overload } = this.#parts;
    const { deflate, idleAndAgeLimits, rates } = this.#context;
    return {
      ...this.manager.getStats(),
      heartbeat: heartbeat.stats,
      idleAndAgeLimits: idleAndAgeLimits.stats,
      deflate: deflate?.stats,
      pressure: overload.pressure,
      shedding: overload.shedding,
      reduced: overload.reduced,
      rates: { ...rates.counters },
      nodeInternals: {
        sharedReads: HAS_SHARED_READS,
        directWrites: HAS_DIRECT_WRITES,
        zlibContexts: hasZlibContexts(),
        compactListeners: MAY_USE_INTERNALS,
        youngCollections: canCollectYoungObjects(),
        bufferViews: HAS_BUFFER_VIEWS,
      },
    };
  }

  /** For logs: address, state, connections, groups and pressure; `options` and hooks are left out. */
  toJSON(): object {
    const { isDraining } = this;
    const { opened, ended, active, byState, groups } = this.manager.getStats();
    return {
      address: this.#httpServer?.address() ?? null,
      isDraining,
      maxConnections: this.#options.maxConnections,
      ...{ opened, ended, active, byState, groups },
      pressure: this.#parts.overload.pressure.level,
    };
  }

  /** @internal As `console.log` shows it. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `WebSocketServer ${inspect(this.toJSON(), options)}`;
  }

  /** Whether the server no longer accepts connections, since `drain` or `shutdown`; for health checks. */
  get isDraining(): boolean {
    return this.#parts.departure.hasBegun;
  }

  /**
   * Prepares for replacement by another server: rejects new upgrades with 503, closes connections
   * gradually with 1012, and then shuts down. Until then the port serves ordinary requests, such as
   * health checks. `shutdown` ends it sooner; further calls return the first promise.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and the range.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    const { overMs, code, retryAfterSeconds } = completeOptions(DRAIN_OPTIONS, options);
    return this.#drain.run(async () => {
      this.#parts.departure.begin(retryAfterSeconds);
      const close = (connection: Connection<M>) => {
        const reason = `Retry-After: ${this.#parts.departure.nextRetrySeconds()}`;
        connection.closeBecause('drain', code, reason);
      };
      await closeInWaves(overMs, {
        clock: this.options.clock,
        readLeft: () => this.manager.getAllConnections().filter(({ state }) => state === 'OPEN'),
        close: (some) => this.manager.closeEach(some, close),
        signal: this.#wavesEnd.signal,
      });
      await this.shutdown();
    });
  }

  /**
   * Rejects new upgrades with 503, closes all connections with 1001, and cuts the remaining ones
   * after `timeoutMs`. Further calls return the first one's promise.
   *
   * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but 0 to 86,400,000.
   */
  shutdown(timeoutMs = this.options.shutdownTimeout): Promise<void> {
    checkShutdownTimeout(timeoutMs);
    return this.#shutdown.run(async () => {
      const httpServer = this.#httpServer;
      const isUnbound =
        httpServer === undefined
          ? // A `listen` that is still under way ends without a port.
            this.#binding?.catch(() => {})
          : new Promise<unknown>((resolve) => httpServer.close(resolve));
      this.#wavesEnd.abort();
      this.#certificateWatch?.close();
      const isEmpty = this.manager.shutdown(timeoutMs);
      // After the connections, whose sockets belong to their endpoints.
      const cut = this.options.clock.setTimeout(() => this.#portSockets?.destroy(), timeoutMs);
      await isEmpty;
      await this.#portSockets?.areAnswered();
      // A socket that never sent a request would wait for ever.
      httpServer?.closeAllConnections();
      await isUnbound;
      cut.clear();
      this.#ticker?.clear();
      this.#emitSafely('closed');
    });
  }

  override [captureRejectionSymbol](
    ...[error, event, subject]: [error: Error, event: unknown, ...rest: unknown[]]
  ): void {
    // An error within an `error` listener is not reported separately.
    if (event === 'error') warn(error);
    // As when a listener for `connection` throws.
    else if (subject instanceof Connection) subject[captureRejectionSymbol](error);
    else if (!this.#context.reportedErrors.has(error)) this.#emitError(error);
  }

  async #listen(port: number, host: string | undefined): Promise<AddressInfo> {
    const httpServer = await createHttpListener(this.options, this.#emitRejection, this.#emitError);
    this.#checkNotEnded();
    const portSockets = new PortSockets(httpServer);
    httpServer.on('upgrade', (request, socket, head) => {
      const release = (connection: Connection<M> | undefined) => {
        if (connection !== undefined) portSockets.release(socket);
      };
      const upgrade = { request, socket, head, hooks: {}, exchange: HTTP1_TRANSPORT };
      const result = this.#performHandshake(upgrade);
      if (result instanceof Promise) void result.then(release);
      else release(result);
    });
    const { admissionControl } = this.#parts;
    admissionControl.bounds = checkDescriptors(this.options.maxConnections);
    limitRequests(httpServer, this.options, admissionControl.bounds);
    listenForPreRequestRejections(httpServer, portSockets, ({ result, status }) => {
      if (result === 'dropped' || result === 'descriptors') {
        this.#emitSafely('acceptFailed', { reason: result });
      }
      this.#context.instrumentation.handshakes.add(result);
      if (status !== undefined) this.#context.debug?.recordHandshake({ result, status });
    });
    httpServer.listen({ port, host });
    await once(httpServer, 'listening');
    if (this.isDraining) httpServer.close();
    this.#checkNotEnded();
    this.#httpServer = httpServer;
    this.#portSockets = portSockets;
    httpServer.on('error', (cause) => {
      const text = 'no file descriptor is left for a new connection';
      const isKnown = isDescriptorError(cause);
      this.#emitError(
        isKnown ? new ConnectionError(text, 'INSUFFICIENT_RESOURCES', { cause }) : cause,
      );
    });
    this.#startCertificateWatch(httpServer);
    // A bound TCP server has an address of this kind.
    const address = httpServer.address() as AddressInfo;
    this.#emitSafely('listening', address);
    return address;
  }

  #checkNotEnded(): void {
    if (this.isDraining) throw argumentError('the server has ended');
  }

  #startCertificateWatch(httpServer: HttpListener): void {
    const { tls, clock } = this.options;
    if (tls === undefined || !('certFile' in tls) || !('setSecureContext' in httpServer)) return;
    if (tls.watchInterval === 0) return;
    this.#certificateWatch = new CertificateWatch(httpServer, {
      files: tls,
      secureContextOptions: secureContextOptions(tls),
      intervalMs: tls.watchInterval,
      clock,
      handleChange: (facts) => this.#emitSafely('certificateChanged', facts),
      handleError: this.#emitError,
    });
  }

  #observeEndpoints(): EndpointObserver<M> {
    return {
      handleError: (error, { id, slot }) => {
        if (error instanceof FrameError) {
          this.#context.instrumentation.violations.add(error.code);
          if (slot !== undefined) this.#parts.admissionControl.noteViolation(slot);
        }
        this.#emitError(error, id);
      },
      handleThrown: (thrown, { id }) => this.#emitError(thrown, id),
      handleGone: (endpoint) => {
        this.manager.removeConnection(endpoint);
        this.#stopTickingIfEmpty();
        if (this.isDraining && this.manager.size === 0) this.#wavesEnd.abort();
      },
      handleClosed: ({ id, connection }, end) => {
        const { debug, instrumentation } = this.#context;
        this.groups.leaveAll(connection);
        instrumentation.countClose(end);
        debug?.recordEnd(id, end);
        this.#emitSafely('connectionClosed', { id, ...end });
      },
    };
  }

  #announce(connection: Connection<M>, request: IncomingMessage): void {
    this.#context.instrumentation.handshakes.add('accepted');
    this.#context.debug?.recordAccepted(request, connection);
    this.#context.tracer?.traceConnection(connection, request);
    // Checked once, so that messages cost nothing extra if the server has no listener for them.
    if (this.listenerCount('message') > 0) {
      connection.on('message', (...message) => this.emit('message', connection, ...message));
    }
    this.emit('connection', connection, request);
  }

  /** One timer for all connections, and none without any. */
  #startTicking(): void {
    if (this.#ticker !== undefined) return;
    const { clock } = this.options;
    const periodMs = tickMs(this.options);
    const { messageRate, received, sent } = this.#context.instrumentation;
    this.#parts.heartbeat.start(clock.now(), periodMs);
    this.#ticker = clock.setInterval(() => {
      const now = clock.now();
      if (this.#parts.heartbeat.tick(now)) {
        this.#context.stallWatchlist.tick(now);
        this.#context.idleAndAgeLimits.tick(now);
      }
      this.manager.tick(now);
      messageRate.sample(received.dataMessages + sent.dataMessages, now);
      this.#parts.overload.tick(now, periodMs);
      this.#stopTickingIfEmpty();
    }, periodMs);
  }

  #stopTickingIfEmpty(): void {
    if (this.manager.size === 0 && this.#parts.overload.isCalm) this.#stopTicking();
  }

  #stopTicking(): void {
    this.#ticker?.clear();
    this.#ticker = undefined;
    this.#context.instrumentation.messageRate.stop();
    this.#parts.overload.loopDelay.stop();
  }

  readonly #emitRejection = ({ reason, status, code }: Rejection, request: IncomingMessage) => {
    this.#context.instrumentation.handshakes.add(reason);
    this.#context.debug?.recordHandshake({ result: reason, status }, request);
    if (this.listenerCount('upgradeRefused') === 0) return;
    const error = new HandshakeError(reason, { status, code });
    this.#emitSafely('upgradeRefused', error, request);
  };

  readonly #emitError = (error: unknown, connectionId?: string): void => {
    const { category, severity } = classifyError(error);
    this.#context.instrumentation.errors.add(category);
    // Peers break connections every day; only the application's own errors must not go unnoticed.
    if (this.listenerCount('error') === 0) {
      if (severity === 'error') warn(error);
      return;
    }
    const failure = { error, severity, ...(connectionId !== undefined && { connectionId }) };
    callApplication(() => this.emit('error', failure), warn);
  };

  /** An error that a listener throws is reported, and does not reach the caller. */
  readonly #emitSafely = <Name extends keyof ServerEvents<M>>(
    name: Name,
    ...values: ServerEvents<M>[Name]
  ): void => {
    // The values are those of the event, which the types of Node do not see.
    callApplication(() => this.emit(name, ...(values as never)), this.#emitError);
  };
}

/** At 5 s, 10,000 connections already cause 2,000 pings per second, and as many pongs. */
const SHORT_INTERVAL_MS = 5_000;

const RATES = ['messageRate', 'messageBurst', 'byteRate', 'byteBurst'] as const;

function warnAboutShortInterval<M>(options: WebSocketServerOptions<M>): void {
  const { enableHeartbeat, heartbeatInterval } = options;
  if (!enableHeartbeat || heartbeatInterval >= SHORT_INTERVAL_MS) return;
  process.emitWarning(
    `a heartbeatInterval of ${heartbeatInterval} ms makes the server ping each connection that often`,
    { code: 'PARLEY_SHORT_HEARTBEAT' },
  );
}
