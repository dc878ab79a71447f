/** A network that ends silently: nothing passes any more, and neither side is notified. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class StoppableProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #pairs: (readonly [Socket, Socket])[] = [];

  static async before(url: string): Promise<StoppableProxy> {
    const pairs: (readonly [Socket, Socket])[] = [];
    const { hostname, port } = new URL(url);
    const server = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      pairs.push([client, upstream]);
      for (const socket of [client, upstream]) socket.on('error', () => {});
      client.pipe(upstream).pipe(client);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StoppableProxy(server, pairs);
  }

  private constructor(server: Server, pairs: (readonly [Socket, Socket])[]) {
    this.#server = server;
    this.#pairs = pairs;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Stops the existing connections; later ones pass. */
  stop(): void {
    for (const [client, upstream] of this.#pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      upstream.resume();
    }
  }

  /** Number of connections to the server. */
  get upstreamCount(): number {
    return this.#pairs.filter(([, upstream]) => !upstream.destroyed).length;
  }

  close(): void {
    this.#server.close();
    for (const [client, upstream] of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }
}
