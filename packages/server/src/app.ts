/**
 * The composition root: builds the server from its components, and shuts it down. Besides
 * `cli/store-admin.ts`, the only file that names adapters.
 */

import { LIMITS, type UserId } from '@parley/protocol';
import { chatCompletions } from './assistant/chat-completions.ts';
import { openMemoryBus } from './bus/memory/bus.ts';
import { openProcessBus } from './bus/process/bus.ts';
import { openRedisBus } from './bus/redis/bus.ts';
import { SecretsDiffer, verifySecrets } from './bus/verify-secrets.ts';
import {
  acceptBacklog,
  connectionLimits,
  engineLimits,
  flatLimits,
  socketLimits,
  userRates,
} from './config/connection-limits.ts';
import { explainFullDisk, keepSecret, prepareDataDirectory } from './config/data-directory.ts';
import { readExternalIssuer } from './config/external-issuer.ts';
import { ConfigError, type Values } from './config/load-config.ts';
import { roleOf } from './config/role.ts';
import type { AssistantOptions } from './domain/assistant/assistant.ts';
import { type Chat, type ChatOptions, openChat } from './domain/chat.ts';
import { RateLimiter } from './domain/primitives/rate-limiter.ts';
import { retryWhileUnavailable } from './domain/primitives/retry-while-unavailable.ts';
import { channelsDialect } from './gateways/channels/commands.ts';
import { toMessage as toChannelMessage } from './gateways/channels/encode.ts';
import type { Codec, ReceivedFrame } from './gateways/common/codec.ts';
import { flatCodec } from './gateways/common/flat-codec.ts';
import type { ConnectionRateLimits } from './gateways/common/web-socket-connection.ts';
import { WebSocketGateway } from './gateways/common/web-socket-gateway.ts';
import { directDialect } from './gateways/direct/commands.ts';
import { toMessage as toDirectMessage } from './gateways/direct/encode.ts';
import { toMessagePayload } from './gateways/native/encode.ts';
import { nativeCodec } from './gateways/native/native-codec.ts';
import {
  SocketIoGateway,
  type SocketIoGatewayOptions,
} from './gateways/socketio/socketio-gateway.ts';
import { createHttpServer, type HttpServer } from './http/http-server.ts';
import { ChatConnectionLimiter } from './http/limits/chat-connection-limiter.ts';
import { networkOf } from './http/limits/network-of.ts';
import { TcpSocketLimiter } from './http/limits/tcp-socket-limiter.ts';
import { matchHosts } from './http/request/allowed-hosts.ts';
import { RequestAuthenticator } from './http/request/request-authenticator.ts';
import { RequestGuard } from './http/request/request-guard.ts';
import { SessionCookie } from './http/request/session-cookie.ts';
import { upgradeRequestFactory } from './http/request/upgrade-request-factory.ts';
import { SocketioWorkerForwarder } from './http/socketio-worker-forwarder.ts';
import { followCertificate, loadCertificate } from './http/tls.ts';
import { routeUpgrades, type UpgradeGateway } from './http/upgrade-router.ts';
import type { SecretFingerprints } from './model/bus-message.ts';
import { BoundedLogger } from './ops/bounded-logger.ts';
import { createLogger } from './ops/logger.ts';
import { StatsLogger } from './ops/stats-logger.ts';
import type { AccessTokens } from './ports/access-tokens.ts';
import type { Bus } from './ports/bus.ts';
import type { ExternalSessionStore } from './ports/external-session-store.ts';
import type { Logger } from './ports/logger.ts';
import type { ProcessChannel } from './ports/process-channel.ts';
import type { RelationalStore } from './ports/relational-store.ts';
import { type Store, StoreUnusable } from './ports/store.ts';
import { openRedisSessions } from './sessions/redis/external-session-store.ts';
import { openCassandraLog } from './stores/cassandra/message-log.ts';
import type { ServerLockOptions } from './stores/postgres/server-lock.ts';
import { openPostgresStore, type PostgresStore } from './stores/postgres/store.ts';
import { storesOver } from './stores/split/store.ts';
import { OwnerLock } from './stores/sqlite/owner-lock.ts';
import { openRemoteSqliteStore, type StoreFacts } from './stores/sqlite/remote-store.ts';
import { openSqliteStore } from './stores/sqlite/store.ts';
import { argon2PasswordHash } from './system/argon2-password-hash.ts';
import { systemClock } from './system/clock.ts';
import { systemCrypto } from './system/crypto.ts';
import { fingerprintOf } from './system/secret-fingerprint.ts';
import { type Listener, otherUrlsOf, ownUrlOf } from './system/server-urls.ts';
import { joseAccessTokens } from './tokens/jose-access-tokens.ts';

export interface ServerOptions {
  readonly values: Values;
  readonly version: string;
  /** Folder of the built web client. */
  readonly webRoot: string;
  /**
   * Store and bus of a node that shares its process with other nodes, in place of those that the
   * settings name. The server closes the bus; the caller closes the store, after all nodes.
   */
  readonly node?: NodeComponents;
  /** Set in a worker process. */
  readonly worker?: Worker | undefined;
}

export interface NodeComponents {
  readonly store: Store;
  readonly bus: Bus;
}

/** A worker process, and what its primary provides. */
export interface Worker {
  /** Number of this worker, from 1. */
  readonly number: number;
  readonly primary: ProcessChannel;
  /** The SQLite store in the primary; undefined with another database. */
  readonly store: StoreFacts | undefined;
  /** Folder of the sockets between the workers. */
  readonly socketDirectory: string;
}

export interface RunningServer {
  /** URL of the server from this machine. */
  readonly url: string;
  /** URLs from other machines, as far as this machine knows them. */
  readonly otherUrls: readonly string[];
  /** Description of the store, for the message after the start. */
  readonly store: Pick<Store, 'description' | 'weakenedBy'>;
  /** Log of the server, for events outside of it. */
  readonly logger: Logger;
  /**
   * Closes in order; resolves when everything is flushed. Further calls return the same promise.
   *
   * @param drainMs Time over which connections are moved to other nodes; 0 closes them at once.
   */
  close(reason: string, drainMs?: number): Promise<void>;
}

/** Registers a cleanup step; steps run in reverse order. */
type Undo = (step: (drainMs: number) => void | Promise<void>) => void;

const DAY_MS = 24 * 60 * 60 * 1000;
const CLOSE_TIMEOUT_MS = 10_000;

/** @throws if the data directory is in use, its disk is full, the port is taken, or a setting does not work on this machine. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { values } = options;
  const log = createLogger(values.LOG_LEVEL, { worker: options.worker?.number });
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

interface ServerComponents {
  /** Undefined in a worker: its primary owns the data directory. */
  readonly owner: OwnerLock | undefined;
  readonly store: Store;
  readonly chat: Chat;
  readonly app: HttpServer;
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

  const { store, bus } = await openNode(options, { directory, logger, undo });

  const secrets = sessionSecrets(values, directory);
  const tokenSecret = tokenSecretOf(values, directory);
  if (options.node !== undefined || roleOf(values) === 'node') {
    const fingerprints = await fingerprintsOf(secrets, tokenSecret);
    const onDiffering = (setting: string) => logger.record({ event: 'secrets.differ', setting });
    const checked = verifySecrets({ bus, clock: systemClock, fingerprints, onDiffering });
    undo(await checked.catch(rejectSecrets));
  }

  const chat = composeChat(values, {
    store,
    bus,
    logger,
    accessTokens: openAccessTokens(values, tokenSecret),
    externalSessionStore: await openExternalSessionStore(values, logger, undo),
  });
  undo(() => chat.close());
  await chat.begin();

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
  });
  const connectionLimiter = new ChatConnectionLimiter(connectionLimits(values), {
    clock: systemClock,
    logger,
  });
  const toUpgradeRequest = upgradeRequestFactory({
    ...{ requestGuard, requestAuthenticator, connectionLimiter },
  });
  const forwarder = worker && openForwarder(worker, values);
  const idPrefix = forwarder?.idPrefix;
  const socketio = openSocketIoGateway(values, {
    ...{ chat, logger, secrets, idPrefix, toUpgradeRequest },
  });
  const native = openGateway(values, {
    chat,
    logger,
    codec: nativeCodec(systemClock),
    contentLengthMax: Math.min(values.NATIVE_CONTENT_LENGTH_MAX, values.CONTENT_LENGTH_MAX),
  });
  // Each connection of these dialects has its own token bucket.
  const flat = { chat, logger, limits: flatLimits(values) };
  const channels = openGateway(values, { ...flat, codec: flatCodec(channelsDialect) });
  const direct = openGateway(values, { ...flat, codec: flatCodec(directDialect) });
  const gateways = new Map<string, UpgradeGateway>([
    ['/ws', native],
    ['/socket.io/', forwarder === undefined ? socketio : forwardUpgrades(forwarder, socketio)],
    ['/ws/chat', channels],
    ['/messagepal', direct],
  ]);
  const app = createHttpServer({
    rawHandlers: new Map([
      [
        '/socket.io/',
        (request, response) => {
          if (forwarder?.forward(request, response) === true) return;
          socketio.handleRequest(request, response);
        },
      ],
    ]),
    socketPaths: new Set(gateways.keys()),
    certificate,
    chat,
    requestGuard,
    requestAuthenticator,
    logger,
    encodeMessage: toMessagePayload,
    encodeChannelMessage: toChannelMessage,
    encodeDirectMessage: toDirectMessage,
    flatPostLimits: openFlatPostLimits(values),
    store,
    durability: values.DURABILITY,
    webRoot,
    version: options.version,
  });
  undo(async () => {
    await app.close();
  });
  if (tlsFiles !== undefined) undo(followCertificate(app.server, tlsFiles, logger));
  new TcpSocketLimiter(socketLimits(values), { logger }).watch(app.server);
  routeUpgrades(app.server, gateways, { requestGuard, toUpgradeRequest, logger });
  if (forwarder !== undefined) undo(await forwarder.listen(app.server));
  undo(async (drainMs) => {
    const end = (gateway: Pick<WebSocketGateway<never>, 'drain' | 'shutdown'>): Promise<void> =>
      drainMs > 0 ? gateway.drain(drainMs, CLOSE_TIMEOUT_MS) : gateway.shutdown(CLOSE_TIMEOUT_MS);
    // Socket.IO clients wait a random time by themselves before they reconnect.
    const ends = [socketio.shutdown(CLOSE_TIMEOUT_MS), end(native), end(channels), end(direct)];
    await Promise.all(ends);
  });

  const statsLogger = new StatsLogger({ clock: systemClock, logger, counts: chat });
  undo(() => statsLogger.close());
  return { owner, store, chat, app };
}

async function openNode(
  options: ServerOptions,
  context: { readonly directory: string; readonly logger: Logger; readonly undo: Undo },
): Promise<NodeComponents> {
  const { directory, logger, undo } = context;
  const { node } = options;
  if (node !== undefined) {
    undo(() => node.bus.close());
    return node;
  }
  const { store, databaseId } = await openStore(options, directory, logger);
  undo(() => store.close());
  const bus = await openBus(options, databaseId, logger);
  undo(() => bus.close());
  return { store, bus };
}

interface OpenStore {
  readonly store: Store;
  /** Undefined if nodes cannot share the store. */
  readonly databaseId: PostgresStore['databaseId'] | undefined;
}

/** Messages are in the database, or in Cassandra beside it. */
async function openStore(
  options: ServerOptions,
  directory: string,
  logger: Logger,
): Promise<OpenStore> {
  const { values } = options;
  const { store: relational, databaseId } = await openRelationalStore(options, directory, logger);
  const { CASSANDRA_URL: url, DURABILITY: durability } = values;
  try {
    if (url !== undefined) {
      const onFailure = (error: unknown) => logger.record({ event: 'store.failed', error });
      const log = await openCassandraLog({ url, durability });
      return { store: await storesOver(log, relational, { onFailure }), databaseId };
    }
    const bind = () => relational.relations.bindLog(undefined);
    if (!(await retryWhileUnavailable(systemClock, bind))) {
      throw new StoreUnusable('CASSANDRA_URL is missing: the messages of this database are there.');
    }
    return { store: relational, databaseId };
  } catch (error) {
    await relational.close();
    throw error;
  }
}

async function openRelationalStore(
  { values, worker }: ServerOptions,
  directory: string,
  logger: Logger,
): Promise<OpenStore & { readonly store: RelationalStore }> {
  const { DATABASE_URL: url, DURABILITY: durability, DATABASE_TIMEOUT_MS: timeoutMs } = values;
  if (url === 'sqlite:' && worker?.store !== undefined) {
    return { store: openRemoteSqliteStore(worker.primary, worker.store), databaseId: undefined };
  }
  if (url === 'sqlite:') {
    const onFailure = (error: unknown) => logger.record({ event: 'store.failed', error });
    const store = await openSqliteStore({ directory, durability, timeoutMs, onFailure });
    return { store, databaseId: undefined };
  }
  const store = await openPostgresStore({
    url,
    durability,
    connectionsMax: values.DATABASE_CONNECTIONS_MAX,
    statementTimeoutMs: timeoutMs,
    // The primary holds the lock of its workers.
    ...(worker === undefined ? { serverLock: serverLockOptions(values, logger) } : {}),
  });
  return { store, databaseId: store.databaseId };
}

export function serverLockOptions(values: Values, logger: Logger): ServerLockOptions {
  return {
    mode: roleOf(values) === 'node' ? 'shared' : 'exclusive',
    onLost: (error) => logger.record({ event: 'store.unlocked', error }),
    onRegained: () => logger.record({ event: 'store.locked' }),
  };
}

/** A node begins even if Redis is down, so that it can restart then. */
async function openBus(
  { values, worker }: ServerOptions,
  databaseId: string | undefined,
  logger: Logger,
): Promise<Bus> {
  const { REDIS_URL: url } = values;
  if (worker !== undefined && roleOf(values) !== 'node') {
    const onFailed = (error: unknown) => logger.record({ event: 'bus.failed', error });
    return openProcessBus(worker.primary, { nodeId: systemCrypto.newRandomId(), onFailed });
  }
  if (roleOf(values) !== 'node' || url === undefined || databaseId === undefined) {
    return openMemoryBus();
  }
  try {
    return await openRedisBus({
      url,
      nodeId: systemCrypto.newRandomId(),
      deployment: databaseId,
      onDown: (error) => logger.record({ event: 'bus.down', error }),
      onUp: () => logger.record({ event: 'bus.up' }),
      onFailed: (error) => logger.record({ event: 'bus.failed', error }),
    });
  } catch (cause) {
    throw redisUnusable(cause);
  }
}

function redisUnusable(cause: unknown): ConfigError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConfigError(`REDIS_URL cannot be used: ${reason}.`, { cause });
}

/** Opens the session store of the external application, if the settings name one. */
async function openExternalSessionStore(
  { SESSION_STORE: kind, REDIS_URL: url, DATABASE_TIMEOUT_MS: timeoutMs }: Values,
  logger: Logger,
  undo: Undo,
): Promise<ExternalSessionStore | undefined> {
  if (kind === 'own' || url === undefined) return undefined;
  const onChange = (isUp: boolean): void =>
    logger.record({ event: isUp ? 'sessions.up' : 'sessions.down' });
  try {
    const sessions = await openRedisSessions({ url, timeoutMs, onChange });
    undo(() => sessions.close());
    return sessions;
  } catch (cause) {
    throw redisUnusable(cause);
  }
}

export function tokenSecretOf(values: Values, directory: string): string {
  return values.JWT_SECRET ?? keepSecret(directory, 'jwt-secret');
}

export function openAccessTokens(values: Values, secret: string): AccessTokens {
  return joseAccessTokens({ secret, external: readExternalIssuer(values) });
}

function openAssistant(values: Values): AssistantOptions | undefined {
  const { AI_BASE_URL: baseUrl, AI_API_KEY: apiKey, AI_MODEL: model } = values;
  if (baseUrl === undefined) return undefined;
  return {
    model: chatCompletions({ baseUrl, apiKey, model }),
    mention: values.AI_MENTION,
    firstPieceMs: values.AI_TIMEOUT_MS,
  };
}

function composeChat(
  values: Values,
  dependencies: Pick<
    ChatOptions,
    'store' | 'bus' | 'logger' | 'accessTokens' | 'externalSessionStore'
  >,
): Chat {
  return openChat({
    ...dependencies,
    clock: systemClock,
    secrets: systemCrypto,
    passwords: argon2PasswordHash,
    networkOf,
    assistant: openAssistant(values),
    settings: {
      registration: values.SESSION_STORE === 'own' ? values.REGISTRATION : 'closed',
      sessionTtlMs: values.SESSION_TTL_MS,
      contentLengthMax: values.CONTENT_LENGTH_MAX,
      messageRateMax: values.MESSAGE_RATE_MAX,
      messageRateWindowMs: values.MESSAGE_RATE_WINDOW_MS,
      ...userRates(values),
      historyOnJoin: values.HISTORY_ON_JOIN,
      catchUpEventsMax: values.CATCH_UP_EVENTS_MAX,
      tailEventsPerRoom: values.TAIL_EVENTS_PER_ROOM,
      memoryBudgetBytes: values.MEMORY_BUDGET_BYTES,
      softBufferBytes: values.SOFT_BUFFER_BYTES,
      hardBufferBytes: values.HARD_BUFFER_BYTES,
      laggingTimeoutMs: values.LAGGING_TIMEOUT_MS,
      typingTimeoutMs: values.TYPING_TIMEOUT_MS,
      presenceGraceMs: values.PRESENCE_GRACE_MS,
      largeRoomPeople: values.LARGE_ROOM_PEOPLE,
      emptyRoomTimeoutMs: values.EMPTY_ROOM_TIMEOUT_MS,
      retentionMs: values.RETENTION_DAYS * DAY_MS,
    },
  });
}

function openGateway<Frame extends ReceivedFrame>(
  values: Values,
  {
    chat,
    logger,
    codec,
    ...own
  }: {
    readonly chat: Chat;
    readonly logger: Logger;
    readonly codec: Codec<Frame>;
    readonly contentLengthMax?: number;
    readonly limits?: ConnectionRateLimits;
  },
): WebSocketGateway<Frame> {
  const { CONTENT_LENGTH_MAX: contentLengthMax, HARD_BUFFER_BYTES: hardBufferBytes } = values;
  return new WebSocketGateway({
    chat,
    logger,
    codec,
    clock: systemClock,
    settings: { contentLengthMax, hardBufferBytes, ...own },
    engine: engineLimits(values),
  });
}

/** The same bucket per user, for messages that users post over HTTP while their socket is down. */
function openFlatPostLimits(values: Values): RateLimiter<UserId> {
  const { messageRateMax: capacity, messageRateWindowMs: windowMs } = flatLimits(values);
  return new RateLimiter({ capacity, windowMs }, systemClock);
}

function openForwarder(
  { number, socketDirectory }: Worker,
  values: Values,
): SocketioWorkerForwarder {
  const { WORKERS: workerCount } = values;
  return new SocketioWorkerForwarder({ worker: number, workerCount, directory: socketDirectory });
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
    'chat' | 'logger' | 'secrets' | 'idPrefix' | 'toUpgradeRequest'
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

export function sessionSecrets(values: Values, directory: string): readonly [string, ...string[]] {
  const [first, ...others] = values.SESSION_SECRET ?? [];
  return first === undefined ? [keepSecret(directory, 'session-secret')] : [first, ...others];
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

async function fingerprintsOf(
  session: readonly string[],
  token: string,
): Promise<SecretFingerprints> {
  return {
    session: await Promise.all(session.map((secret) => fingerprintOf(secret, 'cookies'))),
    token: await fingerprintOf(token, 'tokens'),
  };
}

function rejectSecrets(error: unknown): never {
  if (!(error instanceof SecretsDiffer)) throw error;
  throw new ConfigError(
    `${error.secret} differs from that of the other nodes of this cluster: set the same value on all nodes.`,
    { cause: error },
  );
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
