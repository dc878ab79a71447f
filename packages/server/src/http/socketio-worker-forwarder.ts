/**
 * Brings the requests of a Socket.IO session to the worker process that holds it. Each connection of
 * a polling client may reach another worker; the number before the first dot of a session's id names
 * the right one, which receives the request over a socket of this machine.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestOverHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ChatError } from '@parley/protocol';
import { READING_OPTIONS } from './response/malformed-requests.ts';
import { rejectRaw } from './response/raw-error-response.ts';

interface SocketioWorkerForwarderOptions {
  /** Number of this worker, from 1. */
  readonly worker: number;
  readonly workerCount: number;
  /** Folder of the sockets of all workers, accessible only to the server's user. */
  readonly directory: string;
}

/** The client of a forwarded request, as the worker that accepted its connection sees it. */
interface Origin {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly encrypted: boolean;
}

/** Set by the forwarding worker; read only from the sockets in `directory`. */
const ORIGIN_HEADER = 'x-parley-origin';
const BASE = 'http://worker';
/** Headers that concern one connection only, and an answer that this worker has already given. */
const OWN_HEADERS = ['connection', 'keep-alive', 'upgrade', 'expect', 'proxy-connection'];

export class SocketioWorkerForwarder {
  readonly #options: SocketioWorkerForwarderOptions;
  /**
   * Keeps connections: a worker that closed one after its answer could do so before the end of the
   * request was written, which would lose the answer.
   */
  readonly #agent = new Agent({ keepAlive: true });

  constructor(options: SocketioWorkerForwarderOptions) {
    this.#options = options;
  }

  /** Prefix of the ids of the sessions of this worker. */
  get idPrefix(): string {
    return `${this.#options.worker}.`;
  }

  /** Receives the requests that other workers forward, on behalf of `server`. */
  async listen(server: Server): Promise<() => Promise<void>> {
    const receiver = createServer(READING_OPTIONS);
    receiver.keepAliveTimeout = 0; // Never closed while another worker may be about to use it.
    receiver.on('request', (request, response) => {
      restoreOrigin(request);
      server.emit('request', request, response);
    });
    receiver.on('upgrade', (request, socket, head) => {
      restoreOrigin(request);
      server.emit('upgrade', request, socket, head);
    });
    await new Promise<void>((resolve, reject) => {
      receiver.once('error', reject);
      receiver.listen(this.#pathOf(this.#options.worker), resolve);
    });
    return async () => {
      this.#agent.destroy();
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    };
  }

  /** Forwards a request. @returns false if it is not for another worker. */
  forward(request: IncomingMessage, response: ServerResponse): boolean {
    const worker = this.#otherWorkerOf(request);
    if (worker === undefined) return false;
    const { method, url } = request;
    const headers = forwardedHeaders(request);
    for (const name of OWN_HEADERS) delete headers[name];
    const outgoing = requestOverHttp({
      socketPath: this.#pathOf(worker),
      method,
      path: url,
      headers,
      agent: this.#agent,
    });
    outgoing.on('error', () => endUnknown(response));
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, responseHeaders(incoming));
      incoming.pipe(response);
    });
    request.pipe(outgoing);
    return true;
  }

  /** Forwards an upgrade. @returns false if it is not for another worker. */
  forwardUpgrade(request: IncomingMessage, client: Duplex, head: Buffer): boolean {
    const worker = this.#otherWorkerOf(request);
    if (worker === undefined) return false;
    const socket = connect(this.#pathOf(worker));
    let isConnected = false;
    socket.once('connect', () => {
      isConnected = true;
      setNoDelay(client);
      socket.write(`${headOf(request)}\r\n`, 'latin1');
      socket.write(head);
      client.pipe(socket).pipe(client);
    });
    socket.on('error', () => {
      if (!isConnected) rejectRaw(client, new ChatError('VALIDATION_ERROR'));
    });
    socket.once('close', () => {
      if (isConnected) client.destroy();
    });
    client.once('close', () => socket.destroy());
    return true;
  }

  /** The worker that holds the session of a request, if it is not this one. */
  #otherWorkerOf({ url = '' }: IncomingMessage): number | undefined {
    if (!URL.canParse(url, BASE)) return undefined;
    const id = new URL(url, BASE).searchParams.get('sid') ?? '';
    const worker = Number(/^([1-9]\d?)\./.exec(id)?.[1]);
    const { worker: own, workerCount } = this.#options;
    return worker <= workerCount && worker !== own ? worker : undefined;
  }

  #pathOf(worker: number): string {
    const { directory } = this.#options;
    // Windows has named pipes in place of sockets with a path.
    const isWindows = process.platform === 'win32';
    return isWindows
      ? `\\\\.\\pipe\\${directory.replaceAll(/[\\/:]/g, '-')}-${worker}`
      : join(directory, `${worker}.sock`);
  }
}

function forwardedHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const { remoteAddress, remotePort } = request.socket;
  const encrypted = (request.socket as TLSSocket).encrypted === true; // Absent on a plain socket.
  const origin: Origin = { remoteAddress, remotePort, encrypted };
  return { ...request.headers, [ORIGIN_HEADER]: JSON.stringify(origin) };
}

/** Headers of the answer without those that concern the connection between the workers. */
function responseHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { ...headers };
  for (const name of OWN_HEADERS) delete kept[name];
  return kept;
}

/** Request line and headers of an upgrade. */
function headOf(request: IncomingMessage): string {
  const { method, url } = request;
  const lines = Object.entries(forwardedHeaders(request)).map(
    ([name, value]) => `${name}: ${String(value)}\r\n`,
  );
  return `${method} ${url} HTTP/1.1\r\n${lines.join('')}`;
}

/** Lets the socket between the workers appear as the client's own. */
function restoreOrigin({ headers, socket }: IncomingMessage): void {
  const { [ORIGIN_HEADER]: text = '{}' } = headers;
  delete headers[ORIGIN_HEADER];
  // Written by `forwardedHeaders`.
  const origin = JSON.parse(String(text)) as Origin;
  const define = (name: keyof Origin): void => {
    Object.defineProperty(socket, name, { value: origin[name], configurable: true });
  };
  define('remoteAddress');
  define('remotePort');
  define('encrypted');
}

/** The worker has ended, and its sessions with it. Answers as Engine.IO does: the client connects again. */
function endUnknown(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify({ code: 1, message: 'Session ID unknown' });
  response.writeHead(400, { 'content-type': 'application/json' }).end(text);
}

function setNoDelay(socket: Duplex): void {
  (socket as Partial<Socket>).setNoDelay?.(true); // Absent on a stream of tests.
}
