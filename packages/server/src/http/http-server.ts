/** The HTTP server: security hooks first, then routes, then the handlers for errors and unknown paths. */
import { type IncomingMessage, maxHeaderSize, type Server } from 'node:http';
import { ChatError, type ErrorCode, LIMITS } from '@parley/protocol';
import { needsProof } from '@parley/protocol/commands';
import type { Certificate } from '@parley/websocket/http';
import fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Chat } from '../domain/chat.ts';
import { toChatError } from '../domain/errors.ts';
import type { CommandMetrics } from '../ports/command-metrics.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { limitPipelining } from './limits/pipelining-limiter.ts';
import { endSlowRequests } from './limits/slow-requests.ts';
import { endStalledResponses } from './limits/stalled-responses.ts';
import type { ApiOperation } from './openapi/api-operation.ts';
import { API_OPERATIONS } from './openapi/api-operations.ts';
import { describeApi } from './openapi/openapi.ts';
import { addJsonBodyParser } from './request/json-body-parser.ts';
import type { RequestGuard } from './request/request-guard.ts';
import { requireIdentity } from './request/require-user.ts';
import { readToken } from './request/token-extraction.ts';
import { toErrorResponse } from './response/error-response.ts';
import {
  READING_OPTIONS,
  rejectMalformed,
  rejectUnreadable,
  toReadableUrl,
} from './response/malformed-requests.ts';
import { addSecurityHeaders } from './response/security-headers.ts';
import { type AccountRoutesOptions, addAccountRoutes } from './routes/account-routes.ts';
import { addAuditRoutes } from './routes/audit-routes.ts';
import { addBlockRoutes } from './routes/block-routes.ts';
import { addCommandRoutes, type CommandRoutesOptions } from './routes/command-routes.ts';
import { addConversationListRoute } from './routes/conversation-list-route.ts';
import { addExportRoute } from './routes/export-route.ts';
import { addFileRoutes, type FileRoutesOptions, UPLOAD_PATH } from './routes/file-routes.ts';
import { addInviteRoutes } from './routes/invite-routes.ts';
import { addMembershipRemovalRoutes } from './routes/membership-removal-routes.ts';
import { addMessageRoutes, type MessageRoutesOptions } from './routes/message-routes.ts';
import { addOperatorRoutes, type OperatorRoutesOptions } from './routes/operator-routes.ts';
import { addPasskeyRoutes } from './routes/passkey-routes.ts';
import { addPeopleSearchRoute } from './routes/people-search-route.ts';
import { addPrivacyRoutes } from './routes/privacy-routes.ts';
import { addProfileRoutes } from './routes/profile-routes.ts';
import {
  addProviderSignInRoutes,
  type ProviderSignInRoutesOptions,
} from './routes/provider-sign-in-routes.ts';
import { addRawHandlerRoutes, type RawHandler } from './routes/raw-handler-routes.ts';
import { addReceivedInvitationRoutes } from './routes/received-invitation-routes.ts';
import { addReportRoutes } from './routes/report-routes.ts';
import {
  addResumableUploadRoutes,
  RESUMABLE_PATH,
  RESUMABLE_UPLOAD_PATH,
  TUS_REQUEST_HEADERS,
  tusOptionsOf,
} from './routes/resumable-upload-routes.ts';
import { addRoomMemberRoutes } from './routes/room-member-routes.ts';
import { addSecondFactorRoutes } from './routes/second-factor-routes.ts';
import { addServerProfileRoutes } from './routes/server-profile-routes.ts';
import { addSessionRoutes } from './routes/session-routes.ts';
import { addStaticRoutes } from './routes/static-routes.ts';
import { addUserAdministrationRoutes } from './routes/user-administration-routes.ts';
import { addWorkspaceRoutes } from './routes/workspace-routes.ts';
import { createTlsServer } from './tls.ts';
import { isForGateway } from './upgrade-router.ts';

export interface HttpServerOptions
  extends Omit<AccountRoutesOptions, 'chat'>,
    Omit<MessageRoutesOptions, 'chat'>,
    CommandRoutesOptions,
    Omit<FileRoutesOptions, 'chat'>,
    Omit<ProviderSignInRoutesOptions, 'chat'>,
    Omit<OperatorRoutesOptions, 'chat'> {
  readonly commandMetrics: CommandMetrics;
  readonly chat: Chat;
  /** Handlers by path, which answer requests in place of the routes. */
  readonly rawHandlers: ReadonlyMap<string, RawHandler>;
  /** Paths whose upgrades go to a gateway. */
  readonly socketPaths: ReadonlySet<string>;
  /** Certificate for HTTPS; undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
  readonly webRoot: string;
  /** Shown in the API descriptions, and to the operator. */
  readonly description: { readonly version: string; readonly capabilities: readonly string[] };
  /** Description of the store for `/ready`. */
  readonly store: Pick<Store, 'description' | 'weakenedBy'>;
  /** Undefined if the clock of this machine agrees with that of the store, as far as known. */
  readonly clockReport: () => { readonly aheadSeconds: number } | undefined;
  readonly durability: string;
  /** Maximum length of a message, in code points. */
  readonly contentLengthMax: number;
}

/** The part that the composition root needs: listen, close, and the raw server for upgrades. */
export type HttpServer = Pick<FastifyInstance, 'listen' | 'close' | 'server'>;

const BODY_BYTES_MIN = 192 * 1024;
/** Bytes of a code point that JSON escapes as two code units. */
const ESCAPED_BYTES = 12;
/** Fits the largest attachments in any JSON escaping, and the ids. */
const OTHER_BYTES = 72 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Of an upload, which also ends when no bytes arrive. */
const UPLOAD_TIMEOUT_MS = 15 * 60_000;
/** Node looks for overdue requests every 30 s by default, which adds up to 30 s to each timeout. */
const TIMEOUT_CHECK_INTERVAL_MS = 1000;
/** Longer than `REQUEST_TIMEOUT_MS`, during which a client may send a body without reading. */
const STALLED_RESPONSE_MS = 60_000;
/** Routes whose bodies are files. */
const UPLOAD_PATHS: ReadonlySet<string | undefined> = new Set([UPLOAD_PATH, RESUMABLE_UPLOAD_PATH]);
/** Methods that change nothing, and therefore need no protection against cross-site requests. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Routes check bodies themselves: without this, Fastify loads its own compilers of schemas. */
const NO_SCHEMAS = Object.freeze({
  compilersFactory: { buildValidator: rejectSchema, buildSerializer: rejectSchema },
});

function rejectSchema(): never {
  throw new Error('Routes have no schemas');
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { certificate, socketPaths } = options;
  const bodyBytesMax = bodyBytesMaxOf(options);
  const http = {
    ...READING_OPTIONS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    shouldUpgradeCallback: (request: IncomingMessage) => isForGateway(request, socketPaths),
  };
  const tls: Pick<FastifyServerOptions<Server>, 'serverFactory'> = certificate === undefined
    ? {}
    : {
        serverFactory: (handler) =>
          createTlsServer(
            { ...http, ...certificate, handshakeTimeout: HEADERS_TIMEOUT_MS },
            handler,
          ),
      };
  const app = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: UPLOAD_TIMEOUT_MS,
    forceCloseConnections: true,
    // Ids of any length reach the hooks, which reject them in the common error format.
    routerOptions: { maxParamLength: maxHeaderSize },
    rewriteUrl: toReadableUrl,
    clientErrorHandler: rejectMalformed,
    return503OnClosing: false, // While closing, connections are closed without an answer.
    http,
    schemaController: NO_SCHEMAS,
    ...tls,
  });
  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  app.server.requestTimeout = UPLOAD_TIMEOUT_MS;
  endSlowRequests(app, { timeoutMs: REQUEST_TIMEOUT_MS, exempt: UPLOAD_PATHS });
  addJsonBodyParser(app);
  addSecurityHeaders(app, options.requestGuard, certificate !== undefined);
  describeApi(app);
  allowListedOrigins(app, options.requestGuard);
  guardHosts(app, options.requestGuard);
  addRawHandlerRoutes(app, options.rawHandlers);
  // The pictures of an upload wait for those of others.
  endStalledResponses(app, { timeoutMs: STALLED_RESPONSE_MS, exempt: UPLOAD_PATHS });
  guardOrigins(app, options);
  rejectUnreadable(app);
  handleErrors(app, { logger: options.logger, bodyBytesMax });
  countRequests(app, { metrics: options.commandMetrics, bodyBytesMax });
  admitByRoute(app, options);
  requireProofs(app, options);
  addCommandRoutes(app, options);
  addAccountRoutes(app, options);
  addProviderSignInRoutes(app, options);
  addMessageRoutes(app, options);
  addFileRoutes(app, options);
  addResumableUploadRoutes(app, options);
  addConversationListRoute(app, options);
  addRoomMemberRoutes(app, options);
  addMembershipRemovalRoutes(app, options);
  addProfileRoutes(app, options);
  addBlockRoutes(app, options);
  addServerProfileRoutes(app, options);
  addSessionRoutes(app, options);
  addSecondFactorRoutes(app, options);
  addPasskeyRoutes(app, options);
  addPeopleSearchRoute(app, options);
  addWorkspaceRoutes(app, options);
  addReceivedInvitationRoutes(app, options);
  addPrivacyRoutes(app, options);
  addUserAdministrationRoutes(app, options);
  addAuditRoutes(app, options);
  addReportRoutes(app, options);
  addInviteRoutes(app, options);
  addExportRoute(app, options);
  app.get('/health', ({ raw }) => {
    // How many use the server, and its version, are for its operator.
    if (!options.requestGuard.isFromThisMachine(raw)) return { status: 'ok' };
    const { connections, connectedUsers } = options.chat;
    const counts = { total: connections.count, users: connectedUsers.count };
    return { status: 'ok', ...options.description, connections: counts };
  });
  app.get('/ready', async ({ raw }, reply) => {
    const { chat, requestGuard } = options;
    const state = await chat.commits.storeState();
    const { description: full, weakenedBy } = options.store;
    // Only the operator on this machine sees paths and addresses; other clients see the kind of store.
    const description = requestGuard.isFromThisMachine(raw) ? full : full.split(' ', 1)[0];
    const store = { state, description, durability: options.durability, weakenedBy };
    const down = [
      ...(state === 'down' ? ['store'] : []),
      ...(chat.externalSessions?.isUp === false ? ['sessions'] : []),
    ];
    // Without the bus, a node still serves: it finds the events of other nodes in the store.
    const clock = options.clockReport();
    const parts = { store, clock, bus: chat.clusterExchange?.busState };
    if (down.length === 0) return { status: 'ready', ...parts };
    reply.status(503).header('retry-after', '1');
    return { status: 'not ready', down, ...parts };
  });
  addOperatorRoutes(app, options);
  addStaticRoutes(app, options);
  limitPipelining(app.server);
  return app;
}

/** Fits the longest message, but no more than a frame. */
function bodyBytesMaxOf({ contentLengthMax }: HttpServerOptions): number {
  const wanted = Math.max(BODY_BYTES_MIN, ESCAPED_BYTES * contentLengthMax + OTHER_BYTES);
  return Math.min(wanted, LIMITS.frameBytesMax);
}

/** Lets pages of listed origins read all responses, including errors of the raw handlers. */
function allowListedOrigins(app: FastifyInstance, requestGuard: RequestGuard): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    reply.header('vary', 'Origin');
    const listed = requestGuard.listedOriginOf(raw);
    if (listed === undefined) return;
    reply.header('access-control-allow-origin', listed);
    reply.header('access-control-allow-credentials', 'true');
  });
}

/** Runs before the raw handlers and everything else that a foreign host name could reach. */
function guardHosts(app: FastifyInstance, requestGuard: RequestGuard): void {
  app.addHook('onRequest', async ({ raw }) => requestGuard.checkHost(raw));
}

function guardOrigins(
  app: FastifyInstance,
  { chat, requestGuard }: Pick<HttpServerOptions, 'chat' | 'requestGuard'>,
): void {
  app.addHook('onRequest', async ({ raw, method }) => {
    if (!SAFE_METHODS.has(method) && !requestGuard.isOriginAllowed(raw)) {
      throw new ChatError('FORBIDDEN', { message: 'This origin may not use the server' });
    }
  });
  app.options('*', async ({ raw }, reply) => {
    // The answer is the same, but the operator reads why the browser stops here.
    if (raw.headers.origin !== undefined) requestGuard.isOriginAllowed(raw);
    reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
    reply.header(
      'access-control-allow-headers',
      `Authorization, Content-Type, X-Parley-Upload, ${TUS_REQUEST_HEADERS}`,
    );
    if (raw.url?.startsWith(RESUMABLE_PATH) === true) reply.headers(tusOptionsOf(chat));
    return reply.status(204).send();
  });
}

function handleErrors(
  app: FastifyInstance,
  { logger, bodyBytesMax }: { readonly logger: Logger; readonly bodyBytesMax: number },
): void {
  app.setNotFoundHandler(() => {
    throw new ChatError('NOT_FOUND');
  });
  app.setErrorHandler((thrown, { raw }, reply) => {
    const error = toReportedError(thrown, bodyBytesMax);
    if (error.code === 'INTERNAL_ERROR') logger.record({ event: 'command.failed', error: thrown });
    const { status, headers, body } = toErrorResponse(error);
    if (error.code === 'UNAUTHENTICATED') {
      // RFC 6750, section 3.1.
      const isRejected = readToken(raw) !== undefined;
      reply.header('www-authenticate', isRejected ? 'Bearer error="invalid_token"' : 'Bearer');
    }
    return reply.status(status).headers(headers).send(body);
  });
}

/**
 * All other routes, also those that the table does not have, reject sessions that lack what the server
 * requires of sign-ins, and tokens that are only for connections.
 */
function admitByRoute(
  app: FastifyInstance,
  { requestAuthenticator }: Pick<HttpServerOptions, 'requestAuthenticator'>,
): void {
  app.addHook('onRequest', async (request) => {
    const { forIncomplete: lacking, forTokens: isForTokens } = operationOf(request) ?? {};
    requestAuthenticator.admit(request.raw, { lacking, isForTokens });
  });
}

function operationOf({ method, routeOptions }: FastifyRequest): ApiOperation | undefined {
  // Fastify answers HEAD with the handler of GET.
  const { url } = routeOptions;
  const own = API_OPERATIONS[`${method} ${url}`];
  return own ?? (method === 'HEAD' ? API_OPERATIONS[`GET ${url}`] : undefined);
}

/** After the body was read: some changes need a proof only for some fields. */
function requireProofs(
  app: FastifyInstance,
  {
    chat: { recentProof },
    requestAuthenticator,
  }: Pick<HttpServerOptions, 'chat' | 'requestAuthenticator'>,
): void {
  app.addHook('preHandler', async (request) => {
    const { raw, body } = request;
    if (!needsProof(operationOf(request)?.proof, body)) return;
    await recentProof.require(await requireIdentity(requestAuthenticator, raw));
  });
}

/** Counts and times the requests to the API by route; files of the page are no commands. */
function countRequests(
  app: FastifyInstance,
  { metrics, bodyBytesMax }: { readonly metrics: CommandMetrics; readonly bodyBytesMax: number },
): void {
  const codes = new WeakMap<FastifyRequest, ErrorCode>();
  app.addHook('onError', async (request, _reply, thrown) => {
    codes.set(request, toReportedError(thrown, bodyBytesMax).code);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const { url: route } = routeOptions;
    if (route === undefined || !(route.startsWith('/api/') || method === 'POST')) return;
    metrics.noteCommand({
      dialect: 'http',
      command: `${method} ${route}`,
      outcome: codes.get(request) ?? 'ok',
      durationMs: reply.elapsedTime,
    });
  });
}

/** Converts errors of Fastify into the common error format. */
function toReportedError(thrown: unknown, bodyBytesMax: number): ChatError {
  const { code, statusCode } = thrown as { code?: string; statusCode?: number };
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ChatError('VALIDATION_ERROR', { message: 'The body must be application/json' });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ChatError('VALIDATION_ERROR', {
        message: `The body is longer than ${bodyBytesMax} bytes`,
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new ChatError('INVALID_JSON');
    default:
  }
  if (thrown instanceof SyntaxError && statusCode === 400) return new ChatError('INVALID_JSON');
  if (thrown instanceof ChatError) return thrown;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ChatError('VALIDATION_ERROR');
  }
  return toChatError(thrown);
}
