/**
 * The Socket.IO dialect at `/socket.io/`: the `socket.io` package on Parley's engine. The package
 * handles transports and acknowledgements. Pings, authentication and commands are handled here,
 * as in every dialect.
 *
 * The rooms of the package are not used: each socket gets encoded packets from the room streams of
 * the domain, so that order and recovery are the same as in other dialects.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError, ERROR_CODES } from '@parley/protocol';
import { UNTRUSTED_PEERS } from '@parley/websocket';
import { RATE_DEFAULTS } from '@parley/websocket/http';
import { WebSocketServer } from '@parley/websocket/ws';
import { Server, type Socket } from 'socket.io';
import { Encoder } from 'socket.io-parser';
import { toChatError } from '../../domain/errors.ts';
import type { User } from '../../model/user.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import { toErrorBody } from '../common/error-body.ts';
import { containEncoding, contained, recordSafely } from '../common/error-containment.ts';
import { holdConnectionSlot } from '../common/hold-connection-slot.ts';
import { formatRejection } from '../common/reject-upgrade.ts';
import { UNFINISHED_BYTES_MAX } from '../common/unfinished-limits.ts';
import { BoundedDecoder } from './bounded-decoder.ts';
import { toServerEvent } from './encode.ts';
import { type EngineQuery, isOfPython, readQuery } from './engine-query.ts';
import { CONNECT_TIMEOUT_MS, type EngineConnection, EngineSession } from './engine-session.ts';
import { GuardedEngine, type GuardedTransport } from './guarded-engine.ts';
import { Heartbeats, type PingedConnection } from './heartbeats.ts';
import type { Recovered } from './offset-log.ts';
import { Packet, TOO_FAR_BEHIND } from './packet.ts';
import { SecretIds } from './private-id.ts';
import { RecoveryRegistry } from './recovery-registry.ts';
import {
  type AdmittedSocket,
  SocketIoConnection,
  type SocketIoDependencies,
  toResumeRequests,
} from './socketio-connection.ts';

export interface SocketIoGatewayOptions
  extends Omit<SocketIoDependencies, 'dialect' | 'recoveryRegistry'> {
  /** Secrets for the ids with which clients reconnect; the first one signs. */
  readonly secrets: readonly [string, ...string[]];
  readonly toUpgradeRequest: (request: IncomingMessage) => UpgradeRequest;
  /** Begins the ids of Engine.IO sessions; names this worker process if there are several. */
  readonly idPrefix?: string | undefined;
  readonly engine: {
    readonly pingInterval: number;
    readonly pingTimeout: number;
    /** Maximum bytes of a message or of a request. */
    readonly maxHttpBufferSize: number;
    /** Whether messages and bytes per connection are limited, as in the engine. */
    readonly hasRates: boolean;
    /** Additional origins whose pages may use the server. */
    readonly origins: readonly string[];
  };
}

const socketIoEncoder: EventEncoder = {
  opens: [],
  encode(event) {
    if (event.kind === 'resync-required') return TOO_FAR_BEHIND;
    const encoded = toServerEvent(event);
    return encoded && new Packet(encoded);
  },
};

export class SocketIoGateway {
  readonly #engine: GuardedEngine;
  readonly #server: Server;
  readonly #options: SocketIoGatewayOptions;
  readonly #heartbeats: Heartbeats;
  readonly #recoveryRegistry: RecoveryRegistry;
  readonly #secretIds: SecretIds;
  readonly #admitted = new WeakMap<Socket, AdmittedSocket>();
  /** Slots of requests that have no session yet. */
  readonly #places = new Map<IncomingMessage, () => void>();
  readonly #sessions = new WeakMap<object, EngineSession>();
  /** Clients that are not admitted yet. */
  readonly #earlyAddresses = new WeakMap<object, string>();

  constructor(options: SocketIoGatewayOptions) {
    this.#options = options;
    const { pingInterval, pingTimeout, maxHttpBufferSize, hasRates, origins } = options.engine;
    const { clock } = options;
    const rates = hasRates ? RATES : RATE_DEFAULTS;
    this.#engine = new GuardedEngine(
      {
        wsEngine: PromptWebSocketServer as never, // It has everything that Engine.IO calls; the declared type is that of `ws`.
        pingInterval,
        pingTimeout,
        maxHttpBufferSize,
        perMessageDeflate: false,
        cors: { origin: [...origins], credentials: true },
      },
      { clock, rates, payloadBytesMax: maxHttpBufferSize },
      {
        idPrefix: options.idPrefix ?? '',
        handleError: (error) => this.#log(error),
        handleExcess: (transport) => this.#handleExcess(transport),
      },
    );
    // Runs before the package handles it. `GuardedEngine.handshake` catches its errors.
    this.#engine.on('connection', (connection: RequestedConnection) => this.#begin(connection));
    this.#heartbeats = new Heartbeats({
      clock,
      pingInterval,
      pingTimeout,
      handleError: (error) => this.#log(error),
    });
    this.#recoveryRegistry = new RecoveryRegistry(options.clock);
    this.#secretIds = new SecretIds(options.secrets);
    // Without the package's recovery, which identifies a client only by the secret id.
    this.#server = new Server({
      serveClient: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      parser: { Encoder, Decoder: BoundedDecoder },
    });
    emptyAdapter(this.#server);
    this.#server.bind(this.#engine);
    this.#server.use((socket, next) => {
      this.#admit(socket)
        .then(
          () => undefined,
          (error) => this.#reject(socket, error),
        )
        .then(next)
        .catch((error) => this.#crash(socket, error));
    });
    const dialect = containEncoding(socketIoEncoder, options.logger);
    const dependencies = { ...options, dialect, recoveryRegistry: this.#recoveryRegistry };
    this.#server.on('connection', (socket) => {
      try {
        const admitted = this.#admitted.get(socket);
        if (admitted === undefined) return; // All sockets here are admitted.
        this.#admitted.delete(socket);
        new SocketIoConnection(socket, admitted, dependencies);
        for (const packet of takeEarly(socket)) socket.conn.emit('data', packet);
        // Drops the handshake data, which the package would keep as long as the socket lives.
        Object.assign(socket, { handshake: undefined });
      } catch (error) {
        this.#crash(socket, error);
      }
    });
  }

  /** Handles a polling request. @throws {ChatError} FORBIDDEN, RATE_LIMITED, UNAVAILABLE; the request is then not answered. */
  async handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const upgradeRequest = this.#options.toUpgradeRequest(request);
    const query = readQuery(request);
    // A CORS preflight is answered by the headers alone.
    if (request.method !== 'OPTIONS') {
      this.#checkOrigin(upgradeRequest);
      if (!query['sid']) await this.#holdConnectionSlot(upgradeRequest, request, response);
      else await this.#checkSender(upgradeRequest, query, 'poll');
      if (response.closed) return;
    }
    response.once('finish', () => {
      // Node would read the rest of the body only to discard it.
      if (response.statusCode === PAYLOAD_TOO_LARGE) request.socket.destroySoon();
    });
    // Engine.IO adds the properties that the type requires.
    const handle = (): void => this.#engine.handleRequest(request as never, response);
    const fail = (error: unknown): void => {
      this.#log(error);
      response.destroy();
    };
    const session = request.method === 'POST' ? this.#sessionBy(query) : undefined;
    if (session === undefined) handle();
    else session.whenWithinRate(response, this.#options.clock, contained(fail, handle));
  }

  /** @throws {ChatError} FORBIDDEN, RATE_LIMITED, UNAVAILABLE; the request is then not answered. */
  async handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void> {
    const query = readQuery(request);
    this.#checkOrigin(upgradeRequest);
    if (query['transport'] !== 'websocket') throw new ChatError('VALIDATION_ERROR');
    if (!query['sid']) await holdConnectionSlot(upgradeRequest, socket);
    else {
      await this.#checkSender(upgradeRequest, query, 'upgrade');
      this.#checkUpgrade(query);
    }
    this.#engine.handleUpgrade(request as never, socket, head);
  }

  /** Closes all sockets, and waits until they are closed or the timeout expires. */
  async shutdown(timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.schedule(timeoutMs, resolve);
    this.#server.close().then(resolve, resolve);
    await promise;
    timer.cancel();
  }

  /** Runs before Engine.IO, whose own errors have less detail; the origin rules are those of all dialects. */
  #checkOrigin({ address, isOriginAllowed }: UpgradeRequest): void {
    if (isOriginAllowed()) return;
    const error = new ChatError('FORBIDDEN', { message: 'This origin may not use the server' });
    const { code: reason } = error;
    this.#options.logger.record({ event: 'connection.refused', address, status: 403, reason });
    throw error;
  }

  /** A polling client that upgrades already has a connection slot; one WebSocket may take it over. */
  #checkUpgrade({ sid = '' }: EngineQuery): void {
    const connection = this.#engine.connectionOf(sid);
    if (connection === undefined) throw new ChatError('VALIDATION_ERROR');
    const { upgrading, upgraded } = connection as unknown as Readonly<Record<string, boolean>>;
    const isPolling = !upgrading && !upgraded && connection.transport.name === 'polling';
    if (!isPolling || this.#sessions.get(connection)?.takeUpgrade() !== true) {
      throw new ChatError('VALIDATION_ERROR', {
        message: 'This session cannot be upgraded to a WebSocket',
      });
    }
  }

  /** Runs before Engine.IO, which knows a client by the id of its session only. */
  async #checkSender(
    { sender, address }: UpgradeRequest,
    query: EngineQuery,
    kind: 'poll' | 'upgrade',
  ): Promise<void> {
    const session = this.#sessionBy(query);
    if (session === undefined || (await session.isOwn(sender(), kind))) return;
    const error = new ChatError('FORBIDDEN', {
      message: 'This request does not show the credential with which the session began',
    });
    this.#options.logger.record({
      ...{ event: 'connection.refused', address, status: 403 },
      reason: 'foreign-session',
    });
    throw error;
  }

  #sessionBy({ sid = '' }: EngineQuery): EngineSession | undefined {
    const connection = this.#engine.connectionOf(sid);
    return connection && this.#sessions.get(connection);
  }

  /** For an admitted client, the logger of its connection logs the close. */
  #handleExcess({ gate }: GuardedTransport): void {
    const address = this.#earlyAddresses.get(gate);
    if (gate.isAdmitted || address === undefined) return;
    this.#earlyAddresses.delete(gate);
    const reason = 'too-many-packets';
    recordSafely(this.#options.logger, {
      event: 'connection.refused',
      address,
      status: 429,
      reason,
    });
  }

  #log(error: unknown): void {
    recordSafely(this.#options.logger, { event: 'command.failed', error });
  }

  /** Logs a bug in the server and closes only this connection. */
  #crash({ conn }: Socket, error: unknown): void {
    this.#log(error);
    conn.close(true);
  }

  async #holdConnectionSlot(
    upgradeRequest: UpgradeRequest,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const release = await upgradeRequest.acquireSlot();
    if (response.closed) {
      release();
      return;
    }
    this.#places.set(request, release);
    // By then, the request has become a session or never will.
    response.once('close', () => {
      if (this.#places.delete(request)) release();
    });
  }

  /** Keeps the data of the first request that is needed later; the whole request takes some kilobytes. */
  #begin(connection: RequestedConnection): void {
    const { request } = connection;
    const session = new EngineSession(
      connection,
      this.#options.toUpgradeRequest(request),
      isOfPython(readQuery(request)),
    );
    this.#sessions.set(connection, session);
    this.#earlyAddresses.set(session.gate, session.address);
    // The package has set its own limit by now.
    session.gate.begin();
    Object.assign(connection, { request: undefined });
    this.#heartbeats.add(connection);
    // A polling client keeps its slot as long as its session.
    const release = this.#places.get(request);
    this.#places.delete(request);
    if (release !== undefined) connection.once('close', release);
  }

  #sessionOf({ conn }: Socket): EngineSession {
    const session = this.#sessions.get(conn);
    assert(session !== undefined);
    return session;
  }

  /** Authenticates by the token if one is given, otherwise by the cookie of the handshake. */
  async #admit(socket: Socket): Promise<void> {
    const session = this.#sessionOf(socket);
    if (!session.take()) throw new ChatError('CONFLICT');
    const { token } = socket.handshake.auth;
    if (token !== undefined && typeof token !== 'string') throw new ChatError('UNAUTHENTICATED');
    const identity = await session.identify(token);
    if (identity === undefined) throw new ChatError('UNAUTHENTICATED');
    const { user } = identity;
    session.admit(user.id);
    const place = await this.#recover(socket, user);
    // The client starts over if it gets another id than it had.
    Object.assign(socket, { pid: place.privateId });
    socket.data = { user: { id: user.id, username: user.username } };
    this.#admitted.set(socket, { identity, session, ...place });
  }

  /**
   * Creates a `connect_error`, with the error code for programs in `data`. A client that gets one does
   * not connect again by itself. After a temporary error it should, so its connection is closed.
   */
  #reject(socket: Socket, thrown: unknown): Error | undefined {
    const session = this.#sessionOf(socket);
    session.release();
    takeEarly(socket);
    const error = toChatError(thrown);
    const { code: reason, cause } = error;
    const { status, retryable } = ERROR_CODES[reason];
    const { address } = session;
    this.#options.logger.record({
      event: 'connection.refused',
      address,
      status,
      reason,
      ...(status >= 500 && cause !== undefined ? { error: cause } : {}),
    });
    if (retryable) {
      session.cut();
      return undefined;
    }
    const body = toErrorBody(error);
    return Object.assign(new Error(body.message), { data: body });
  }

  /** Finds where the socket resumes, and replaces the previous socket of the same client. */
  async #recover(
    socket: Socket,
    user: User,
  ): Promise<Pick<AdmittedSocket, 'privateId' | 'recovered'>> {
    if (!this.#sessionOf(socket).canRecover(socket.handshake.auth))
      return { privateId: undefined, recovered: undefined };
    const { pid, offset } = socket.handshake.auth as Readonly<Record<string, unknown>>;
    const isOffset = typeof offset === 'string' && offset.length <= OFFSET_LENGTH_MAX;
    const given = isOffset ? offset : undefined;
    const fresh = { privateId: this.#secretIds.create(user.id, given), recovered: undefined };
    if (typeof pid !== 'string' || this.#secretIds.ownerOf(pid) !== user.id) return fresh;
    const recovered = given === undefined ? undefined : await this.#findPlace(user, pid, given);
    if (!this.#sessionOf(socket).isOpen) return fresh; // Already closed: the next socket of the client may resume.
    const earlierId = this.#recoveryRegistry.replace(pid);
    if (recovered === undefined) return fresh;
    if (earlierId !== undefined) rename(socket, earlierId);
    return { privateId: pid, recovered };
  }

  /** Also returns undefined if the client has missed too much. */
  async #findPlace(user: User, privateId: string, offset: string): Promise<Recovered | undefined> {
    const positions = this.#recoveryRegistry.find(privateId, offset);
    if (positions === undefined) return undefined;
    const canResume = await this.#options.chat.resumption.canResume(
      user,
      toResumeRequests(positions),
    );
    return canResume ? { positions, offset } : undefined;
  }
}

type RequestedConnection = EngineConnection &
  PingedConnection & { readonly request: IncomingMessage };

/** HTTP status with which Engine.IO rejects a body. */
const PAYLOAD_TOO_LARGE = 413;
/** Longer than any offset that the server sends. */
const OFFSET_LENGTH_MAX = 256;
/** As over a native WebSocket. The defaults have no limits. */
const RATES = Object.freeze({ ...RATE_DEFAULTS, ...UNTRUSTED_PEERS });

/** Maximum wait for clients that ignore a close, as in other dialects. */
class PromptWebSocketServer extends WebSocketServer {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    super({
      ...options,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxUnfinishedBytes: UNFINISHED_BYTES_MAX,
      formatRejection,
    });
  }
}

const CLOSE_TIMEOUT_MS = 5_000;

/** Packets that the client has sent before it was admitted. */
function takeEarly({ client }: Socket): readonly (string | Buffer)[] {
  const { decoder } = client as unknown as { readonly decoder: BoundedDecoder };
  return decoder.takeEarly();
}

/** Must run before admission: until then, the package uses the first id. */
function rename(socket: Socket, id: string): void {
  const namespace = socket.nsp as unknown as { readonly _preConnectSockets: Map<string, Socket> };
  namespace._preConnectSockets.delete(socket.id);
  Object.assign(socket, { id });
}

/** Disables the rooms of the package, whose tables take half a kilobyte per socket. */
function emptyAdapter(server: Server): void {
  Object.assign(server.of('/').adapter, { addAll: () => {}, del: () => {}, delAll: () => {} });
}
