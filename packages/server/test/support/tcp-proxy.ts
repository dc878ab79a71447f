/** A proxy between two TCP peers that fails like a network: it disconnects, or falls silent. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #to: { readonly host: string; readonly port: number };
  /** Called with the client's data before it is forwarded. */
  onRequest: (bytes: Buffer) => void = () => {};
  /** Called with the server's data; false drops it. */
  onAnswer: (bytes: Buffer) => boolean = () => true;

  static async start(to: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(to);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(to: { readonly host: string; readonly port: number }) {
    this.#to = to;
    this.#server = createServer((client) => {
      const server = connect(this.#to);
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          client.destroy();
          server.destroy();
        });
      }
      client.on('data', (bytes) => {
        this.onRequest(bytes);
        server.write(bytes);
      });
      server.on('data', (bytes) => {
        if (this.onAnswer(bytes)) client.write(bytes);
      });
    });
  }

  get port(): number {
    // It listens on TCP.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Later connections lead to this server. */
  redirect(to: { readonly host: string; readonly port: number }): void {
    this.#to = to;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
