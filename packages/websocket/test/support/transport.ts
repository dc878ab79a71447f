/**
 * The transport of the connections in a test. Suites use TCP by default; a file that calls
 * `chooseTransport` before it imports a suite runs that suite over another transport.
 */
import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { type AddressInfo, connect, type NetConnectOpts, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../tests/support/certificate.ts';
import type { Clock } from '../../src/node/clock.ts';
import type { FakeClock } from './fake-clock.ts';
import { turns } from './wait.ts';

/**
 * - `tcp`: the server reads and writes a TCP socket.
 * - `tls`: the same over TLS, whose writes complete in a later turn by design.
 * - `later`: the server gets a Duplex that completes its writes later (`LaterDuplex`).
 * - `timed`: the same, and each write takes 20 ms of the test's clock (`TimedDuplex`).
 */
type Transport = 'tcp' | 'tls' | 'later' | 'timed';

let current: Transport = 'tcp';

export function chooseTransport(transport: Transport): void {
  current = transport;
}

export function chosenTransport(): Transport {
  return current;
}

/** Whether the server gets a stream that is not a socket. */
export function usesDuplex(): boolean {
  return current === 'later' || current === 'timed';
}

/** The options of a server that speaks TLS, if that transport was chosen. */
export function chosenTls(): typeof TEST_TLS | undefined {
  return current === 'tls' ? TEST_TLS : undefined;
}

export const TEST_TLS = Object.freeze({ cert: TEST_CERTIFICATE, key: TEST_KEY });

interface ClientSocket {
  /** The stream that a client reads and writes. */
  readonly socket: Socket;
  /** The TCP socket below it. */
  readonly tcp: Socket;
}

/** A client's socket, over TLS if `isTls`. */
export function connectSocket(port: number, isTls: boolean): ClientSocket {
  const tcp = new Socket({ allowHalfOpen: true });
  tcp.setNoDelay(true).connect(port, '127.0.0.1');
  const socket = isTls ? connectTls({ socket: tcp, ca: TEST_CERTIFICATE, host: 'localhost' }) : tcp;
  return { socket, tcp };
}

/** The functions of a WebSocket server that listening needs. */
interface TransportServer {
  readonly httpServer: Server | TlsServer | undefined;
  readonly options: { readonly clock: Clock };
  listen(port: number, host: string): Promise<AddressInfo>;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<unknown>;
}

/** Lets the server accept connections over the chosen transport; returns its port, a free one. */
export async function listenOverTransport(server: TransportServer): Promise<number> {
  const { port } = await server.listen(0, '127.0.0.1');
  if (!usesDuplex()) return port;
  const { httpServer } = server;
  assert(httpServer !== undefined, 'the server listens');
  // Everything before the upgrade stays as it is over TCP.
  httpServer.removeAllListeners('upgrade');
  httpServer.on('upgrade', (request, socket, head) => {
    const tunnel =
      current === 'later' ? new LaterDuplex(socket) : new TimedDuplex(socket, server.options.clock);
    void server.handleUpgrade(request, tunnel, head);
  });
  return port;
}

/** The address of a server on this port, and the options with which our client connects to it. */
export function clientTarget(port: number): ClientTarget {
  if (current === 'tls') {
    return { url: `wss://localhost:${port}`, options: { tls: { ca: TEST_CERTIFICATE } } };
  }
  const options = usesDuplex() ? { agent: new DuplexAgent() } : {};
  return { url: `ws://127.0.0.1:${port}`, options };
}

export interface ClientTarget {
  readonly url: string;
  readonly options: { readonly tls?: { readonly ca: string }; readonly agent?: Agent };
}

/** Opens a tunnel instead of a socket. */
class DuplexAgent extends Agent {
  override createConnection(options: NetConnectOpts): Duplex {
    return new LaterDuplex(connect({ ...options, allowHalfOpen: true }));
  }
}

type WriteCallback = (error?: Error | null) => void;

/** A tunnel to a socket: a write completes after the call, once the socket has accepted the bytes. */
export class LaterDuplex extends Duplex {
  readonly #socket: Duplex;

  constructor(socket: Duplex) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: WriteCallback): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** How long a `TimedDuplex` holds each write. */
const WRITE_MS = 20;

/**
 * Turns of the event loop after which a held write passes although the clock stands still: the test
 * waits for it then. More than tests let pass between two steps of the clock.
 */
const WRITE_TURNS = 8;

/** The same with time: it holds each write while the clock moves on by `WRITE_MS`. */
class TimedDuplex extends LaterDuplex {
  readonly #clock: Clock;

  constructor(socket: Duplex, clock: Clock) {
    super(socket);
    this.#clock = clock;
  }

  override _write(chunk: Buffer, encoding: string, done: WriteCallback): void {
    let isHeld = true;
    const pass = () => {
      if (!isHeld) return;
      isHeld = false;
      timer.clear();
      if (!this.destroyed) super._write(chunk, encoding, done);
    };
    const timer = this.#clock.setTimeout(pass, WRITE_MS);
    void turns(WRITE_TURNS).then(pass);
  }
}

/**
 * With `timed`, moves the clock to `WRITE_MS / 2` before the next full second: tests move it by
 * whole seconds, and the server ticks at full seconds, so that what is written between two steps is
 * in flight at the next tick.
 */
export function moveBeforeTick(clock: FakeClock): void {
  if (current !== 'timed') return;
  const moment = 1_000 - WRITE_MS / 2;
  clock.advance((1_000 + moment - (clock.now() % 1_000)) % 1_000);
}
