/**
 * A proxy in front of the nodes of a cluster, for trials and tests. Requests go to the nodes in
 * turn; a node that refuses connections is passed over. The requests of a Socket.IO session go to
 * one node, because long polling needs it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const HOST = '127.0.0.1';
/** Maximum number of Socket.IO sessions whose node is remembered; the oldest are forgotten. */
const SESSIONS_MAX = 10_000;

export class ClusterProxy {
  readonly #ports: readonly number[];
  readonly #server = createServer((incoming, answer) => void this.#forward(incoming, answer));
  readonly #portOfSession = new Map<string, number>();
  readonly #tunnels = new Set<Duplex>();
  #turn = 0;

  /** @param urls Addresses of the nodes. */
  static async start(urls: readonly string[]): Promise<ClusterProxy> {
    const proxy = new ClusterProxy(urls.map((url) => Number(new URL(url).port)));
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server.on('upgrade', (incoming, socket, head) => {
      void this.#tunnel(incoming, socket, head);
    });
  }

  get url(): string {
    // It listens on TCP.
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#tunnels) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const node = await this.#connect(incoming);
    if (node === undefined) {
      answer.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    const { method, url } = incoming;
    const outgoing = request({
      method,
      path: url,
      headers: { ...incoming.headers, ...forwardedHeaders(incoming), connection: 'close' },
      createConnection: () => node.socket,
    });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => node.socket.destroy());
    outgoing.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      if (isHandshake(incoming)) {
        response.once('data', (bytes: Buffer) => this.#noteSession(bytes, node.port));
      }
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  }

  async #tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => {});
    const node = await this.#connect(incoming);
    if (node === undefined) {
      client.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const { socket } = node;
    for (const each of [client, socket]) {
      this.#tunnels.add(each);
      each.on('close', () => {
        this.#tunnels.delete(each);
        client.destroy();
        socket.destroy();
      });
    }
    socket.write(`${headOf(incoming)}\r\n`);
    socket.write(head);
    client.pipe(socket).pipe(client);
  }

  /** Connects to the node of the session, or to the next node that accepts the connection. */
  async #connect(
    incoming: IncomingMessage,
  ): Promise<{ readonly socket: Socket; readonly port: number } | undefined> {
    const fixed = this.#portOfSession.get(sessionOf(incoming) ?? '');
    this.#turn += 1;
    const turn = this.#turn % this.#ports.length;
    const inTurn = [...this.#ports.slice(turn), ...this.#ports.slice(0, turn)];
    for (const port of fixed === undefined ? inTurn : [fixed]) {
      const socket = connect(port, HOST);
      const isConnected = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.on('error', () => {});
      if (isConnected) return { socket, port };
    }
    return undefined;
  }

  #noteSession(bytes: Buffer, port: number): void {
    const id = /"sid":"([^"]+)"/.exec(bytes.toString())?.[1];
    if (id === undefined) return;
    this.#portOfSession.set(id, port);
    const [oldest] = this.#portOfSession.keys();
    if (this.#portOfSession.size > SESSIONS_MAX) this.#portOfSession.delete(oldest ?? '');
  }
}

function sessionOf({ url = '' }: IncomingMessage): string | undefined {
  if (!url.startsWith('/socket.io/')) return undefined;
  return new URL(url, 'http://node').searchParams.get('sid') ?? undefined;
}

function isHandshake(incoming: IncomingMessage): boolean {
  return incoming.url?.startsWith('/socket.io/') === true && sessionOf(incoming) === undefined;
}

function forwardedHeaders({ headers, socket }: IncomingMessage): Record<string, string> {
  return {
    'x-forwarded-for': socket.remoteAddress ?? '',
    'x-forwarded-host': headers.host ?? '',
    'x-forwarded-proto': 'http',
  };
}

/** The request line and the headers, as the client wrote them. */
function headOf(incoming: IncomingMessage): string {
  const { method, url, rawHeaders } = incoming;
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (/^x-forwarded-/i.test(rawHeaders[index] ?? '')) continue;
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  for (const [name, value] of Object.entries(forwardedHeaders(incoming))) {
    lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}
