/**
 * The composition root: builds the server from its components, and shuts it down. Besides
 * `composition/` and `cli/store-admin.ts`, the only file that names adapters.
 */

import type { IncomingMessage } from 'node:http';
import { PAGE_PATHS } from '@parley/protocol';
import { openFlatPostLimits, openForwarder } from './composition/http-parts.ts';
import { type LazyGateways, lazyGateways } from './composition/lazy-gateways.ts';
import { openChatNode } from './composition/open-chat-node.ts';
import type { RunningServer, ServerOptions, Undo } from './composition/server-options.ts';
import { capabilitiesOf } from './config/capabilities.ts';
import { acceptBacklog, connectionLimits, socketLimits } from './config/connection-limits.ts';
import { explainFullDisk, prepareDataDirectory } from './config/data-directory.ts';
import type { Values } from './config/load-config.ts';
import { ConfigError } from './config/load-config.ts';
import { nodeNameOf } from './config/role.ts';
import type { Chat } from './domain/chat.ts';
import { toMessage as toChannelMessage } from './gateways/channels/encode.ts';
import { toMessage as toDirectMessage } from './gateways/direct/encode.ts';
import { answerCommands } from './gateways/native/answer-command.ts';
import { toMessagePayload } from './gateways/native/encode.ts';
import type { HttpServer } from './http/http-server.ts';
import { createHttpServer } from './http/http-server.ts';
import { validators } from './http/lazy-validators.ts';
import { ChatConnectionLimiter } from './http/limits/chat-connection-limiter.ts';
import { TcpSocketLimiter } from './http/limits/tcp-socket-limiter.ts';
import { matchHosts } from './http/request/allowed-hosts.ts';
import { isLocalHost } from './http/request/loopback.ts';
import { RequestAuthenticator } from './http/request/request-authenticator.ts';
import { RequestGuard } from './http/request/request-guard.ts';
import { SessionCookie } from './http/request/session-cookie.ts';
import { SignInCookie } from './http/request/sign-in-cookie.ts';
import { upgradeRequestFactory } from './http/request/upgrade-request-factory.ts';
import { followCertificate, loadCertificate } from './http/tls.ts';
import { routeUpgrades } from './http/upgrade-router.ts';
import { BoundedLogger } from './ops/bounded-logger.ts';
import type { ClockWatch } from './ops/clock-watch.ts';
import { createLogger } from './ops/logger.ts';
import { type MetricSources, Metrics } from './ops/metrics.ts';
import { PROMETHEUS_TYPE } from './ops/prometheus-text.ts';
import { StatsLogger } from './ops/stats-logger.ts';
import type { Logger } from './ports/logger.ts';
import type { Store } from './ports/store.ts';
import { OwnerLock } from './stores/sqlite/owner-lock.ts';
import { systemClock } from './system/clock.ts';
import { sealerOf } from './system/sealer.ts';
import type { Listener } from './system/server-urls.ts';
import { otherUrlsOf, ownUrlOf } from './system/server-urls.ts';

const STORE_CHECK_INTERVAL_MS = 10_000;
/**
 * Milliseconds until the gateways are loaded if no client has connected: by then the server has
 * answered first requests.
 */
const LOAD_DELAY_MS = 1000;

/** @throws if the data directory is in use, its disk is full, the port is taken, or a setting does not work on this machine. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { values } = options;
  const node = nodeNameOf(values);
  const log = createLogger(values.LOG_LEVEL, { node, worker: options.worker?.number });
  const logger = new BoundedLogger(log, systemClock);
  const steps: Parameters<Undo>[0][] = [() => logger.close()];
  const undoAll = async (drainMs = 0): Promise<void> => {
    for (const step of steps.splice(0).reverse()) await step(drainMs);
  };
  try {
    const components = await build(options, logger, (step) => steps.push(step));
    const { app, store, chat } = components;
    await app.listen({ port: values.PORT, host: values.HOST, backlog: acceptBacklog(values) });
    const listener = listenerOf(app, values.HOST);
    const url = ownUrlOf(listener);
    components.owner?.describe({ url });
    const loading = setTimeout(components.gateways.load, LOAD_DELAY_MS);
    steps.push(() => clearTimeout(loading));
    logger.record({
      event: 'server.listening',
      url,
      store: store.description,
      version: options.version,
    });
    let closing: Promise<void> | undefined;
    const close = async (reason: string, drainMs: number): Promise<void> => {
      const startedAtMs = systemClock.monotonicMs();
      const connections = chat.connections.count;
      logger.record({ event: 'server.stopping', reason, connections });
      app.server.close(); // No new connections; existing ones are closed next.
      await undoAll(drainMs);
      const durationMs = Math.round(systemClock.monotonicMs() - startedAtMs);
      logger.record({ event: 'server.stopped', durationMs });
    };
    return {
      url,
      otherUrls: otherUrlsOf(listener),
      ownerUrl: await ownerUrlOf(chat, url),
      store,
      logger,
      close: (reason, drainMs = 0) => {
        closing ??= close(reason, drainMs);
        return closing;
      },
    };
  } catch (error) {
    await undoAll();
    throw explainFullDisk(error, values.DATA_DIR);
  }
}

/** Undefined if there is an account, or the first one needs no link. */
async function ownerUrlOf(
  { firstOwner }: Pick<Chat, 'firstOwner'>,
  url: string,
): Promise<string | undefined> {
  const token = await firstOwner.findToken();
  return token === undefined ? undefined : `${url}${PAGE_PATHS.invite}${token}`;
}

interface ServerComponents {
  /** Undefined in a worker: its primary owns the data directory. */
  readonly owner: OwnerLock | undefined;
  readonly store: Store;
  readonly chat: Chat;
  readonly app: HttpServer;
  readonly gateways: LazyGateways;
}

/** Builds each component and registers its cleanup: sockets close first, the store's lock is released last. */
async function build(
  options: ServerOptions,
  logger: Logger,
  undo: Undo,
): Promise<ServerComponents> {
  const { values, webRoot, worker } = options;
  const directory = prepareDataDirectory(values.DATA_DIR);
  const owner = worker === undefined ? OwnerLock.acquire(directory) : undefined;
  undo(() => owner?.release());

  const metrics = new Metrics(() => validators().COMMAND_NAMES);
  metrics.open();
  undo(() => metrics.close());
  const parts = { directory, logger, metrics, undo };
  const { store, chat, secrets, clockWatch } = await openChatNode(options, parts);

  const tlsFiles = tlsFilesOf(values);
  const certificate = tlsFiles && (await loadCertificate(tlsFiles).catch(rejectCertificate));
  const requestGuard = new RequestGuard({
    origins: { allowed: values.CORS_ORIGINS },
    isHostAllowed: matchHosts(ownHosts(values), certificate?.cert.toString()),
    logger,
    trustedProxies: values.TRUST_PROXY,
  });
  const requestAuthenticator = new RequestAuthenticator({
    cookie: new SessionCookie(secrets),
    authenticator: chat.authenticator,
    clock: systemClock,
    addressOf: (request) => requestGuard.clientInfoOf(request).address,
    isSessionTokenInUrlAllowed: sessionTokenRule(values, requestGuard),
  });
  const { leases } = chat;
  const connectionLimiter = new ChatConnectionLimiter(connectionLimits(values), { leases, logger });
  const toUpgradeRequest = upgradeRequestFactory({
    ...{ requestGuard, requestAuthenticator, connectionLimiter },
  });
  const forwarder = worker && openForwarder(worker, values);
  const description = { version: options.version, capabilities: capabilitiesOf(values) };
  const gateways = lazyGateways(async () => {
    const { openGateways } = await import('./composition/open-gateways.ts');
    return openGateways(values, {
      ...{ chat, logger, metrics, secrets, toUpgradeRequest, forwarder, description },
    });
  });
  const app = createHttpServer({
    rawHandlers: gateways.rawHandlers,
    socketPaths: new Set(gateways.upgrades.keys()),
    certificate,
    chat,
    requestGuard,
    requestAuthenticator,
    signInCookie: new SignInCookie(sealerOf(secrets, 'parley sign-in')),
    logger,
    encodeMessage: toMessagePayload,
    answerCommand: answerCommands({ chat, contentLengthMax: values.CONTENT_LENGTH_MAX }),
    encodeChannelMessage: toChannelMessage,
    encodeDirectMessage: toDirectMessage,
    uploadIdleMs: values.UPLOAD_IDLE_MS,
    flatPostLimits: openFlatPostLimits(values, leases),
    store,
    clockReport: () => clockWatch.report,
    durability: values.DURABILITY,
    contentLengthMax: values.CONTENT_LENGTH_MAX,
    webRoot,
    description,
    clock: systemClock,
    commandMetrics: metrics,
    metrics: {
      text: async () => {
        await gateways.load();
        return metrics.text(sourcesOf(chat, gateways, clockWatch));
      },
      contentType: PROMETHEUS_TYPE,
      token: values.METRICS_TOKEN,
    },
  });
  undo(async () => {
    await app.close();
  });
  if (tlsFiles !== undefined) undo(followCertificate(app.server, tlsFiles, logger));
  new TcpSocketLimiter(socketLimits(values), { logger }).watch(app.server);
  routeUpgrades(app.server, gateways.upgrades, { requestGuard, toUpgradeRequest, logger });
  if (forwarder !== undefined) undo(await forwarder.listen(app.server));
  undo((drainMs) => gateways.shutdown(drainMs));
  undo(() => chat.router?.leave());

  undo(watchStore(chat));

  const statsLogger = new StatsLogger({ clock: systemClock, logger, counts: chat });
  undo(() => statsLogger.close());
  return { owner, store, chat, app, gateways };
}

/** Values that the metrics read at each scrape. */
function sourcesOf(
  chat: Chat,
  gateways: LazyGateways,
  clockWatch: Pick<ClockWatch, 'aheadMs'>,
): MetricSources {
  const { connections, connectedUsers, commits, clusterExchange } = chat;
  return {
    dialectsOfConnections: () => [...connections.values()].map(({ link }) => link.about.dialect),
    userCount: () => connectedUsers.count,
    isStoreUp: async () => (await commits.storeState()) !== 'down',
    isBusUp: () => {
      const busState = clusterExchange?.busState;
      return busState && busState.state === 'up';
    },
    clockAheadMs: () => clockWatch.aheadMs,
    engines: gateways.engineMetrics,
  };
}

/** Finds an outage, and has it logged, also while no client writes and nothing asks `/ready`. */
function watchStore({ commits }: Pick<Chat, 'commits'>): () => void {
  const timer = setInterval(() => void commits.storeState(), STORE_CHECK_INTERVAL_MS);
  return () => clearInterval(timer);
}

/** Documented clients of a server on the user's own machine put the token of the login in the address. */
function sessionTokenRule(
  { SESSION_TOKEN_IN_URL: setting, HOST }: Values,
  requestGuard: RequestGuard,
): (request: IncomingMessage) => boolean {
  if (setting !== undefined) return () => setting === 'on';
  if (!isLocalHost(HOST.includes(':') ? `[${HOST}]` : HOST)) return () => false;
  return (request) => requestGuard.isFromThisMachine(request);
}

/** Host names of this server according to the settings. */
function ownHosts({ ALLOWED_HOSTS, CORS_ORIGINS, HOST }: Values): readonly string[] {
  return [
    ...ALLOWED_HOSTS,
    ...CORS_ORIGINS.map((origin) => origin.replace(/^https?:\/\//, '')),
    HOST,
  ];
}

function tlsFilesOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: Values) {
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

function rejectCertificate(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new ConfigError(`TLS_CERT_FILE and TLS_KEY_FILE cannot be used: ${reason}.`, { cause });
}

function listenerOf({ server }: HttpServer, host: string): Listener {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { scheme: 'setSecureContext' in server ? 'https' : 'http', host, port };
}
