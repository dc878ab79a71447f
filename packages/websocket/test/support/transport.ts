/**
 * The transport of the connections in a test. Suites use TCP by default; a file that calls
 * `chooseTransport` before it imports a suite runs that suite over another transport.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from '../../../../tests/support/certificate.ts';

/**
 * - `tcp`: the server reads and writes a TCP socket.
 * - `tls`: the same over TLS, whose writes complete in a later turn by design.
 * - `later`: the server gets a Duplex that completes its writes later (`LaterDuplex`).
 */
export type Transport = 'tcp' | 'tls' | 'later';

let current: Transport = 'tcp';

export function chooseTransport(transport: Transport): void {
  current = transport;
}

export function chosenTransport(): Transport {
  return current;
}

/** The options of a server that speaks TLS, if that transport was chosen. */
export function chosenTls(): typeof TEST_TLS | undefined {
  return current === 'tls' ? TEST_TLS : undefined;
}

export const TEST_TLS = Object.freeze({ cert: TEST_CERTIFICATE, key: TEST_KEY });

export interface ClientSocket {
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
  listen(port: number, host: string): Promise<AddressInfo>;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<unknown>;
}

export interface Listener {
  readonly port: number;
  /** Releases what the server does not own. */
  close(): void;
}

/** Lets the server accept connections over the chosen transport, on a free port. */
export async function listenOverTransport(server: TransportServer): Promise<Listener> {
  if (current !== 'later') {
    const { port } = await server.listen(0, '127.0.0.1');
    return { port, close: () => {} };
  }
  const httpServer = createServer();
  httpServer.on('upgrade', (request, socket, head) => {
    void server.handleUpgrade(request, new LaterDuplex(socket), head);
  });
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this form.
  const { port } = httpServer.address() as AddressInfo;
  return { port, close: () => httpServer.close() };
}

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

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
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
