/**
 * A proxy between the browsers and the server: serves the page below `/hooks/`, forwards
 * everything else, and can reject every WebSocket, as some proxies do.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Duplex } from 'node:stream';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

export class FrontDoor {
  readonly url: string;
  /** Requested upgrades. */
  upgrades = 0;
  #isBlocked = false;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  static async open(parts: {
    readonly pageFolder: string;
    readonly port: string;
  }): Promise<FrontDoor> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrontDoor(server, parts);
  }

  private constructor(
    server: Server,
    { pageFolder, port }: { readonly pageFolder: string; readonly port: string },
  ) {
    this.#server = server;
    // A listening server of this kind has a port.
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming: IncomingMessage, answer: ServerResponse) => {
      const { pathname } = new URL(incoming.url ?? '/', this.url);
      if (pathname.startsWith('/hooks/')) void givePage(pageFolder, pathname, answer);
      else passOn(port, incoming, answer);
    });
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrades += 1;
      if (this.#isBlocked) socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      else this.#passUpgrade(port, incoming, { socket, head });
    });
  }

  /** Rejects upgrades from now on, and closes those that were accepted. */
  block(): void {
    this.#isBlocked = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  unblock(): void {
    this.#isBlocked = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #passUpgrade(
    port: string,
    { method, url, rawHeaders }: IncomingMessage,
    { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  ): void {
    const upstream = connect(Number(port), '127.0.0.1');
    const lines = [`${method} ${url} HTTP/1.1`];
    for (let index = 0; index < rawHeaders.length; index += 2) {
      lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      // A closed side closes the other side.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}

async function givePage(folder: string, path: string, answer: ServerResponse): Promise<void> {
  const name = normalize(path.slice('/hooks/'.length)) || 'index.html';
  const file = join(folder, name === '.' ? 'index.html' : name);
  answer.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
  answer.end(await readFile(file));
}

function passOn(port: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url, headers } = incoming;
  const onward = request(
    { host: '127.0.0.1', port, method, path: url, headers, agent: false },
    (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    },
  );
  onward.on('error', () => {
    if (!answer.headersSent) answer.writeHead(502);
    answer.end();
  });
  incoming.pipe(onward);
}
