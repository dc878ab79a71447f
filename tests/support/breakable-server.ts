/**
 * A server that is gone for the page as if it were killed, without the CPU time of another start: its
 * connections end at once, and further ones as soon as they are made. It keeps its port meanwhile.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { PageServer } from './page-server.ts';

export class BreakableServer {
  readonly url: string;
  readonly #server: PageServer;
  readonly #line: Server;
  readonly #sockets = new Set<Socket>();
  #isLost = false;

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<BreakableServer> {
    const server = await PageServer.start(settings);
    const line = createServer().listen(0, '127.0.0.1');
    await once(line, 'listening');
    return new BreakableServer(server, line);
  }

  private constructor(server: PageServer, line: Server) {
    const port = Number(new URL(server.url).port);
    this.#server = server;
    this.#line = line.on('connection', (client) => this.#pass(client, port));
    this.url = `http://localhost:${(line.address() as AddressInfo).port}`;
  }

  #pass(client: Socket, port: number): void {
    if (this.#isLost) return void client.resetAndDestroy();
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  }

  lose(): void {
    this.#isLost = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  find(): void {
    this.#isLost = false;
  }

  async stop(): Promise<void> {
    this.lose();
    this.#line.close();
    await this.#server.stop();
  }
}
