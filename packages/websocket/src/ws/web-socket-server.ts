/**
 * A server with the interface of the `ws` package: on its own port, on an HTTP server, or for
 * upgrades that the application passes in. The engine checks the request, more strictly than `ws`.
 */
import { Buffer } from 'node:buffer';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  STATUS_CODES,
} from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { Endpoint } from '../node/connection/endpoint.ts';
import type { EndpointContext } from '../node/connection/endpoint-types.ts';
import { formatRejection } from '../node/handshake/format-rejection.ts';
import type { UpgradeHooks } from '../node/handshake/upgrade-hooks.ts';
import { formatAccepted, headOf, rejectUpgrade } from '../node/handshake/upgrade-response.ts';
import { adoptSocket } from '../node/receive/socket-listener.ts';
import { respondUpgradeRequired, upgradeRequired } from '../node/server/non-upgrade-responses.ts';
import { negotiateDeflate } from '../protocol/deflate-parameters.ts';
import { createRejection, type Rejection } from '../protocol/handshake-rejection.ts';
import { checkUpgradeRequest, type UpgradeRequest } from '../protocol/handshake-request.ts';
import { requestPath } from '../protocol/request-path.ts';
import { SocketEmitter } from './emitter.ts';
import {
  createContext,
  type Given,
  type PerMessageDeflateOptions,
  SOCKET_DEFAULTS,
  type SocketOptions,
  throwOutside,
} from './options.ts';
import { WebSocket } from './web-socket.ts';

type SocketClass = typeof WebSocket;

export interface ClientInfo {
  /** `undefined` without the header, so outside browsers, although the types of `ws` promise it. */
  readonly origin: string;
  /** Whether the client connected over TLS. */
  readonly secure: boolean;
  readonly req: IncomingMessage;
}

type Answer = [status?: number, body?: string, headers?: OutgoingHttpHeaders];

/** Whether a client may connect, and if not, the response; 401 by default. */
type Verdict = (isAllowed: boolean, ...answer: Answer) => void;

export type VerifyClientCallbackSync = (info: ClientInfo) => boolean;

export type VerifyClientCallbackAsync = (info: ClientInfo, callback: Verdict) => void;

/** With two parameters it calls back, otherwise it returns the result. */
export type VerifyClient = VerifyClientCallbackSync | VerifyClientCallbackAsync;

export interface WebSocketServerOptions<Socket extends SocketClass = SocketClass>
  extends SocketOptions {
  /** Source of clients, one of three: the port to bind; 0 chooses a free port. */
  readonly port: number | null;
  /** The address that `port` is bound to. Default: all addresses of the machine. */
  readonly host: string | null;
  /** Maximum connections that wait to be accepted. Default: Node's. */
  readonly backlog: number | null;
  /** Source of clients: an HTTP server whose upgrades are handled. */
  readonly server: Server | HttpsServer | null;
  /** Source of clients: calls of `handleUpgrade`. Default `false`. */
  readonly noServer: boolean;
  /** The only accepted path; others get 400. Default `null`: any. */
  readonly path: string | null;
  /** Whether `clients` is maintained. Default `true`. */
  readonly clientTracking: boolean;
  /** Whether messages are compressed, or the settings for it: see below. Default `false`. */
  readonly perMessageDeflate: boolean | PerMessageDeflateOptions;
  /**
   * Decides whether a client may connect, given `{ origin, secure, req }`: returns that, or calls a
   * second parameter with `(isAllowed, status, body, headers)`. Default `null`: all clients may.
   */
  verifyClient: VerifyClient | null;
  /** Chooses the subprotocol. Default: the first that the client offers. */
  handleProtocols:
    | ((protocols: Set<string>, request: IncomingMessage) => string | false | undefined)
    | null;
  /**
   * Returns body and content type of a response to a malformed upgrade, as in the engine. Not an option
   * of `ws`. Default: plain text.
   */
  readonly formatRejection?: UpgradeHooks['formatRejection'] | undefined;
  /** The class of the sockets: `WebSocket`, or a subclass. */
  readonly WebSocket: Socket;
}

export type ServerOptions<Socket extends SocketClass = SocketClass> = Given<
  WebSocketServerOptions<Socket>
>;

export interface WebSocketServerEvents<Socket extends WebSocket = WebSocket> {
  /** A client connected; none of its messages was delivered yet. */
  connection: [socket: Socket, request: IncomingMessage];
  /** The header lines of the 101 response, which may be changed. */
  headers: [headers: string[], request: IncomingMessage];
  /** The port is bound. */
  listening: [];
  /** An error of the HTTP server, such as a port in use. */
  error: [error: Error];
  /** After `close()`: no more clients are accepted, and the last client has left. */
  close: [];
  /** A listener for this event answers malformed requests itself. */
  wsClientError: [error: Error, socket: Duplex, request: IncomingMessage];
}

const DEFAULTS = Object.freeze({
  ...SOCKET_DEFAULTS,
  port: null,
  host: null,
  backlog: null,
  server: null,
  noServer: false,
  path: null,
  clientTracking: true,
  perMessageDeflate: false,
  verifyClient: null,
  handleProtocols: null,
  WebSocket,
});

export class WebSocketServer<Socket extends SocketClass = SocketClass> extends SocketEmitter<
  WebSocketServerEvents<InstanceType<Socket>>
> {
  readonly options: WebSocketServerOptions<Socket>;
  /** Open and closing sockets; absent without `clientTracking`, although the type promises them. */
  readonly clients!: Set<InstanceType<Socket>>;
  readonly #context: EndpointContext<InstanceType<Socket>>;
  #state: 'RUNNING' | 'CLOSING' | 'CLOSED' = 'RUNNING';
  #httpServer: Server | HttpsServer | undefined;
  /** Those on the HTTP server. */
  readonly #listeners = Object.entries({
    listening: () => this.emit('listening'),
    error: (error: Error) => this.emit('error', error),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.handleUpgrade(request, socket, head, (webSocket) => {
        this.emit('connection', webSocket, request);
      }),
  });

  /** @throws {TypeError} unless exactly one of `port`, `server` and `noServer` is given. */
  constructor(options: ServerOptions<Socket> = {}, callback?: () => void) {
    super();
    const set = Object.entries(options).filter(([, value]) => value !== undefined);
    // Callers that specify the type `Socket` pass its class as an option.
    const defaults = DEFAULTS as unknown as WebSocketServerOptions<Socket>;
    this.options = { ...defaults, ...Object.fromEntries(set) };
    const { port, server, noServer } = this.options;
    if ([port !== null, server !== null, noServer].filter(Boolean).length !== 1) {
      throw new TypeError(
        'One and only one of the "port", "server", or "noServer" options must be specified',
      );
    }
    if (this.options.clientTracking) this.clients = new Set();
    this.#context = createContext(
      'server',
      this.options,
      this.options.perMessageDeflate,
      ({ connection }) => this.#forget(connection.metadata),
    );
    this.#httpServer = server ?? this.#listen(callback);
    for (const [name, listener] of this.#listeners) this.#httpServer?.on(name, listener);
  }

  get path(): string | null {
    return this.options.path;
  }

  /** @throws {Error} with `noServer`. */
  address(): AddressInfo | string | null {
    if (this.options.noServer) {
      throw new Error('The server is operating in "noServer" mode');
    }
    return this.#httpServer?.address() ?? null;
  }

  /** Accepts no more clients, and emits `close` when the last one has left; closes none. */
  close(callback?: (error?: Error) => void): void {
    if (this.#state === 'CLOSED') {
      if (callback) this.once('close', () => callback(new Error('The server is not running')));
      process.nextTick(() => this.#emitClose());
      return;
    }
    if (callback) this.once('close', () => callback());
    if (this.#state === 'CLOSING') return;
    this.#state = 'CLOSING';

    const httpServer = this.#httpServer;
    for (const [name, listener] of this.#listeners) httpServer?.off(name, listener);
    this.#httpServer = undefined;
    if (httpServer !== undefined && this.options.server === null) {
      httpServer.close(() => this.#emitClose());
    } else if ((this.clients?.size ?? 0) === 0) {
      process.nextTick(() => this.#emitClose());
    }
  }

  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    return !path || requestPath(request.url) === path;
  }

  /** Responds to an upgrade in any case; `done` gets the open socket before its messages. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    done: (socket: InstanceType<Socket>, request: IncomingMessage) => void,
  ): void {
    socket.on('error', destroy);
    const verdict = checkUpgradeRequest(headOf(request));
    if (typeof verdict === 'string') {
      const { formatRejection: hook } = this.options;
      const answer = formatRejection(createRejection(verdict), hook, throwOutside);
      const isHandled = this.emit('wsClientError', new Error(answer.body), socket, request);
      if (!isHandled) rejectUpgrade(socket, answer, this.#context.options);
    } else if (this.shouldHandle(request)) {
      this.#verify(request, verdict, (isAllowed, ...answer) => {
        if (isAllowed) this.#complete(verdict, request, socket, head, done);
        else this.#reject(socket, ...answer);
      });
    } else {
      this.#reject(socket, 400);
    }
  }

  #verify(request: IncomingMessage, { origin }: UpgradeRequest, decide: Verdict): void {
    const { verifyClient } = this.options;
    if (!verifyClient) {
      decide(true);
      return;
    }
    const secure = request.socket instanceof TLSSocket;
    const info = { origin: origin as string, secure, req: request };
    // A function with two parameters calls back; its return value is ignored.
    const isAllowed: unknown = verifyClient(info, decide);
    if (verifyClient.length < 2) decide(Boolean(isAllowed));
  }

  #complete(
    { key, protocols, extensions }: UpgradeRequest,
    ...[request, socket, head, done]: Parameters<WebSocketServer<Socket>['handleUpgrade']>
  ): void {
    // The client may have disconnected meanwhile.
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return;
    }
    if (!adoptSocket(socket)) {
      throw new Error('server.handleUpgrade() was called more than once with the same socket');
    }
    if (this.#state !== 'RUNNING') {
      this.#reject(socket, 503);
      return;
    }

    const { handleProtocols, WebSocket: SocketOfServer } = this.options;
    const [first = ''] = protocols;
    const chosen = first && handleProtocols ? handleProtocols(new Set(protocols), request) : first;
    const protocol = chosen || '';
    const policy = this.#context.deflate?.settings;
    const deflate = policy && negotiateDeflate(policy, extensions);
    const agreed = { protocol: protocol || undefined, extensions: deflate?.header };
    const accepted = formatAccepted({ key, ...agreed, headers: {} }, 'utf8');
    const response = this.#showHeaders(accepted, request);

    socket.off('error', destroy);
    // Subclasses get the same constructor arguments as with `ws`.
    const given = this.options as object;
    const webSocket = new SocketOfServer(null, undefined, given) as InstanceType<Socket>;
    const endpoint = new Endpoint(this.#context, socket, head);
    webSocket._attach(endpoint, socket);
    const opened = { metadata: webSocket, protocol, deflate: deflate?.options, response };
    endpoint.open(opened, () => {
      // Flushed separately, so that `bufferedAmount` counts only what is sent.
      endpoint.outgoing.flushWithinCall();
      this.clients?.add(webSocket);
      done(webSocket, request);
    });
  }

  /** Lets listeners change the header lines. */
  #showHeaders(response: Buffer, request: IncomingMessage): Buffer {
    if (this.listenerCount('headers') === 0) return response;
    const lines = response.toString().trimEnd().split('\r\n');
    this.emit('headers', lines, request);
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  }

  #reject(socket: Duplex, ...[givenStatus, givenBody, givenHeaders]: Answer): void {
    // As with `ws`, any falsy argument means the default.
    const status = givenStatus || 401;
    const body = givenBody || (STATUS_CODES[status] ?? '');
    // A list has a line for each value, unlike with `ws`: commas would join cookies. Numbers become
    // text as the header is written.
    const headers = (givenHeaders ?? {}) as Rejection['headers'];
    const answer = { status, headers, body, contentType: 'text/html' };
    rejectUpgrade(socket, answer, this.#context.options, 'utf8');
  }

  #listen(callback: (() => void) | undefined): Server | undefined {
    const { port, host, backlog } = this.options;
    if (port === null) return undefined;
    const httpServer = createServer((_request, response) => {
      respondUpgradeRequired(response, upgradeRequired(STATUS_CODES[426] ?? ''));
    });
    // In this form the port may also be the name of a pipe.
    return httpServer.listen(port, host ?? undefined, backlog ?? undefined, callback);
  }

  #forget(webSocket: InstanceType<Socket>): void {
    const { clients } = this;
    // The application may have removed it before.
    clients?.delete(webSocket);
    const isLast = clients?.size === 0 && this.#state === 'CLOSING' && this.options.port === null;
    if (isLast) process.nextTick(() => this.#emitClose());
  }

  #emitClose(): void {
    this.#state = 'CLOSED';
    this.emit('close');
  }
}

function destroy(this: Duplex): void {
  this.destroy();
}
