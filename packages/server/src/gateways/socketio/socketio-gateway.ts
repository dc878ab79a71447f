/**
 * The dialect of Socket.IO at `/socket.io/`: the package itself, on our engine. It
 * keeps transports, acknowledgements and heartbeats; who may come in, and what is
 * said, is decided here as in every dialect.
 *
 * Nothing is sent to its rooms: each socket gets ready packets from the room streams
 * of the domain, so that order and catching up are the same as elsewhere (SIO-8a).
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError, ERROR_CODES } from '@parley/protocol';
import { RATE_DEFAULTS } from '@parley/websocket';
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
import { BoundedDecoder } from './bounded-decoder.ts';
import { toServerEvent } from './encode.ts';
import { type EngineQuery, readQuery } from './engine-query.ts';
import { CONNECT_TIMEOUT_MS, type EngineConnection, EngineSession } from './engine-session.ts';
import { GuardedEngine, type GuardedTransport } from './guarded-engine.ts';
import type { Recovered } from './offset-log.ts';
import { Packet, TOO_FAR_BEHIND } from './packet.ts';
import { SecretIds } from './private-id.ts';
import { RecoveryRegistry } from './recovery-registry.ts';
import {
  type AdmittedSocket,
  SocketIoConnection,
  type SocketIoParts,
  toResumeRequests,
} from './socketio-connection.ts';

export interface SocketIoGatewayOptions
  extends Omit<SocketIoParts, 'dialect' | 'recoveryRegistry'> {
  /** For the ids by which clients come back; the first one signs. */
  readonly secrets: readonly [string, ...string[]];
  readonly toUpgradeRequest: (request: IncomingMessage) => UpgradeRequest;
  readonly engine: {
    readonly pingInterval: number;
    readonly pingTimeout: number;
    /** Bytes of one message, or of one request. */
    readonly maxHttpBufferSize: number;
    /** Whether messages and bytes of one connection are limited, as the engine's are. */
    readonly hasRates: boolean;
    /** Origins of other hosts whose pages may use it. */
    readonly origins: readonly string[];
  };
}

const socketIoEncoder: EventEncoder = {
  opens: [],
  encode(event) {
    if (event.kind === 'resync-required') return TOO_FAR_BEHIND;
    const told = toServerEvent(event);
    return told && new Packet(told);
  },
};

export class SocketIoGateway {
  readonly #engine: GuardedEngine;
  readonly #server: Server;
  readonly #options: SocketIoGatewayOptions;
  readonly #recoveryRegistry: RecoveryRegistry;
  readonly #secretIds: SecretIds;
  readonly #admitted = new WeakMap<Socket, AdmittedSocket>();
  /** Of requests of which no session was made yet. */
  readonly #places = new Map<IncomingMessage, () => void>();
  readonly #sessions = new WeakMap<object, EngineSession>();
  /** Of clients that were not let in yet. */
  readonly #earlyAddresses = new WeakMap<object, string>();

  constructor(options: SocketIoGatewayOptions) {
    this.#options = options;
    const { pingInterval, pingTimeout, maxHttpBufferSize, hasRates, origins } = options.engine;
    const { clock } = options;
    const rates = hasRates ? RATE_DEFAULTS : UNLIMITED;
    this.#engine = new GuardedEngine(
      {
        wsEngine: PromptWebSocketServer as never, // It has what Engine.IO calls; its types are those of `ws`.
        pingInterval,
        pingTimeout,
        maxHttpBufferSize,
        perMessageDeflate: false,
        cors: { origin: [...origins], credentials: true },
      },
      { clock, rates, payloadBytesMax: maxHttpBufferSize },
      {
        handleError: (error) => this.#log(error),
        handleExcess: (transport) => this.#handleExcess(transport),
      },
    );
    // Before the package hears of it. What it throws, `GuardedEngine.handshake` catches.
    this.#engine.on('connection', (connection: RequestedConnection) => this.#begin(connection));
    this.#recoveryRegistry = new RecoveryRegistry(options.clock);
    this.#secretIds = new SecretIds(options.secrets);
    // Not with its own recovery, which knows a client by the secret id alone.
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
    const parts = { ...options, dialect, recoveryRegistry: this.#recoveryRegistry };
    this.#server.on('connection', (socket) => {
      try {
        const admitted = this.#admitted.get(socket);
        if (admitted === undefined) return; // Nobody gets here without it.
        this.#admitted.delete(socket);
        new SocketIoConnection(socket, admitted, parts);
        // All that the package keeps of how it came, for as long as the socket lives.
        Object.assign(socket, { handshake: undefined });
      } catch (error) {
        this.#crash(socket, error);
      }
    });
  }

  /** A request of a client that polls. @throws {ChatError} FORBIDDEN, RATE_LIMITED, UNAVAILABLE: not answered then. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const upgradeRequest = this.#options.toUpgradeRequest(request);
    const query = readQuery(request);
    // A question in advance is answered by its headers alone.
    if (request.method !== 'OPTIONS') {
      this.#checkOrigin(upgradeRequest);
      if (!query['sid']) this.#holdConnectionSlot(upgradeRequest, request, response);
    }
    // Engine.IO adds to it what its type asks for.
    const handle = (): void => this.#engine.handleRequest(request as never, response);
    const fail = (error: unknown): void => {
      this.#log(error);
      response.destroy();
    };
    const session = request.method === 'POST' ? this.#sessionBy(query) : undefined;
    if (session === undefined) handle();
    else session.whenWithinRate(response, this.#options.clock, contained(fail, handle));
  }

  /** @throws {ChatError} FORBIDDEN, RATE_LIMITED, UNAVAILABLE: not answered then. */
  async handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void> {
    const query = readQuery(request);
    this.#checkOrigin(upgradeRequest);
    if (query['transport'] !== 'websocket') throw new ChatError('VALIDATION_ERROR');
    if (!query['sid']) holdConnectionSlot(upgradeRequest, socket);
    else this.#checkUpgrade(query);
    this.#engine.handleUpgrade(request as never, socket, head);
  }

  /** Closes every socket, and waits until they are gone or the time is up. */
  async shutdown(timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.schedule(timeoutMs, resolve);
    this.#server.close().then(resolve, resolve);
    await promise;
    timer.cancel();
  }

  /** Before Engine.IO, whose own refusals say less (wire: origins, in every dialect alike). */
  #checkOrigin({ address, isOriginAllowed }: UpgradeRequest): void {
    if (isOriginAllowed()) return;
    const error = new ChatError('FORBIDDEN', { message: 'This origin may not use the server' });
    const { code: reason } = error;
    this.#options.logger.record({ event: 'connection.refused', address, status: 403, reason });
    throw error;
  }

  /** A client that polled until now has its place already: for one WebSocket, which takes over. */
  #checkUpgrade({ sid = '' }: EngineQuery): void {
    const connection = this.#engine.connectionOf(sid);
    if (connection === undefined) throw new ChatError('VALIDATION_ERROR');
    const { upgrading, upgraded } = connection as unknown as Readonly<Record<string, boolean>>;
    const isPolling = !upgrading && !upgraded && connection.transport.name === 'polling';
    if (!isPolling || this.#sessions.get(connection)?.takeUpgrade() !== true) {
      throw new ChatError('VALIDATION_ERROR', { message: 'This session takes no WebSocket' });
    }
  }

  #sessionBy({ sid = '' }: EngineQuery): EngineSession | undefined {
    const connection = this.#engine.connectionOf(sid);
    return connection && this.#sessions.get(connection);
  }

  /** Of a client that was let in, the log of its connection tells the end. */
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

  /** A defect of the server ends this connection, and nothing else. */
  #crash({ conn }: Socket, error: unknown): void {
    this.#log(error);
    conn.close(true);
  }

  #holdConnectionSlot(
    upgradeRequest: UpgradeRequest,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const release = upgradeRequest.takeSlot();
    this.#places.set(request, release);
    // By then a session has been made of it, or none will be.
    response.once('close', () => {
      if (this.#places.delete(request)) release();
    });
  }

  /** Takes from the first request what is of use later; the rest is some kilobytes. */
  #begin(connection: RequestedConnection): void {
    const { request } = connection;
    const session = new EngineSession(connection, this.#options.toUpgradeRequest(request));
    this.#sessions.set(connection, session);
    this.#earlyAddresses.set(session.gate, session.address);
    // The package has set its own limit meanwhile.
    session.gate.begin();
    Object.assign(connection, { request: undefined });
    // A client that polls has its place for as long as its session lasts.
    const release = this.#places.get(request);
    this.#places.delete(request);
    if (release !== undefined) connection.once('close', release);
  }

  #sessionOf({ conn }: Socket): EngineSession {
    const session = this.#sessions.get(conn);
    assert(session !== undefined);
    return session;
  }

  /** A token that is given counts alone; without one the cookie of the handshake (SIO-2). */
  async #admit(socket: Socket): Promise<void> {
    const session = this.#sessionOf(socket);
    if (!session.take()) throw new ChatError('CONFLICT');
    const { token } = socket.handshake.auth;
    if (token !== undefined && typeof token !== 'string') throw new ChatError('UNAUTHENTICATED');
    const identity = await session.identify(token);
    if (identity === undefined) throw new ChatError('UNAUTHENTICATED');
    const { user } = identity;
    const place = await this.#recover(socket, user);
    // The client begins anew where it is told another one than it had.
    Object.assign(socket, { pid: place.privateId });
    socket.data = { user: { id: user.id, username: user.username } };
    this.#admitted.set(socket, { identity, session, ...place });
  }

  /** `connect_error` with what a program reads in `data`. */
  #reject(socket: Socket, thrown: unknown): Error {
    const session = this.#sessionOf(socket);
    session.release();
    const error = toChatError(thrown);
    const { code: reason, cause } = error;
    const { status } = ERROR_CODES[reason];
    const { address } = session;
    this.#options.logger.record({
      event: 'connection.refused',
      address,
      status,
      reason,
      ...(status >= 500 && cause !== undefined ? { error: cause } : {}),
    });
    const body = toErrorBody(error);
    return Object.assign(new Error(body.message), { data: body });
  }

  /** Where the socket goes on, in place of the one that the same client had before. */
  async #recover(
    socket: Socket,
    user: User,
  ): Promise<Pick<AdmittedSocket, 'privateId' | 'recovered'>> {
    const { pid, offset } = socket.handshake.auth as Readonly<Record<string, unknown>>;
    const isOffset = typeof offset === 'string' && offset.length <= OFFSET_LENGTH_MAX;
    const given = isOffset ? offset : undefined;
    const fresh = { privateId: this.#secretIds.create(user.id, given), recovered: undefined };
    if (typeof pid !== 'string' || this.#secretIds.ownerOf(pid) !== user.id) return fresh;
    const recovered = given === undefined ? undefined : await this.#findPlace(user, pid, given);
    if (!this.#sessionOf(socket).isOpen) return fresh; // Gone by now: it takes nothing from the next.
    const earlierId = this.#recoveryRegistry.take(pid);
    if (recovered === undefined) return fresh;
    if (earlierId !== undefined) rename(socket, earlierId);
    return { privateId: pid, recovered };
  }

  /** Undefined too where there is more than can be caught up. */
  async #findPlace(user: User, privateId: string, offset: string): Promise<Recovered | undefined> {
    const positions = this.#recoveryRegistry.find(privateId, offset);
    if (positions === undefined) return undefined;
    const canResume = await this.#options.chat.canResume(user, toResumeRequests(positions));
    return canResume ? { positions, offset } : undefined;
  }
}

interface RequestedConnection extends EngineConnection {
  readonly request: IncomingMessage;
}

/** Longer than any offset that a server sends. */
const OFFSET_LENGTH_MAX = 256;
const UNLIMITED = Object.freeze({ ...RATE_DEFAULTS, messageRate: 0, byteRate: 0 });

/** Clients that ignore a close are not waited for longer than in other dialects. */
class PromptWebSocketServer extends WebSocketServer {
  constructor(options: ConstructorParameters<typeof WebSocketServer>[0]) {
    super({ ...options, closeTimeout: CLOSE_TIMEOUT_MS });
  }
}

const CLOSE_TIMEOUT_MS = 5_000;

/** Before it is in: the package knows it by its first id until then. */
function rename(socket: Socket, id: string): void {
  const namespace = socket.nsp as unknown as { readonly _preConnectSockets: Map<string, Socket> };
  namespace._preConnectSockets.delete(socket.id);
  Object.assign(socket, { id });
}

/** Nothing is sent to rooms of the package, whose tables take half a kilobyte for each socket. */
function emptyAdapter(server: Server): void {
  Object.assign(server.of('/').adapter, { addAll: () => {}, del: () => {}, delAll: () => {} });
}
