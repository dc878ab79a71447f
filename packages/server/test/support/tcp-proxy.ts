/**
 * A proxy between two TCP peers that fails like a network: it disconnects, falls silent, delays, or
 * ends in the middle of a message.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #to: { readonly host: string; readonly port: number };
  /** Time that each piece of data waits, in milliseconds. */
  delayMs = 0;
  /** While true no data passes, and neither side is notified; end it with `restore`. */
  isSilent = false;
  #isHalving = false;
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
        this.#forward(bytes, client, server);
      });
      server.on('data', (bytes) => {
        if (this.onAnswer(bytes)) this.#forward(bytes, server, client);
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

  /** Passes only the first half of the next data, and then ends its connection. */
  halveNext(): void {
    this.#isHalving = true;
  }

  /** Passes data again. Connections that have lost some end. */
  restore(): void {
    this.delayMs = 0;
    this.#isHalving = false;
    if (this.isSilent) this.cut();
    this.isSilent = false;
  }

  #forward(bytes: Buffer, from: Socket, to: Socket): void {
    if (this.isSilent) return;
    if (this.#isHalving) {
      this.#isHalving = false;
      to.end(bytes.subarray(0, bytes.length >> 1));
      from.destroy();
    } else if (this.delayMs > 0) {
      // Nothing else arrives meanwhile, so that the order stays.
      from.pause();
      setTimeout(() => {
        to.write(bytes);
        from.resume();
      }, this.delayMs);
    } else {
      to.write(bytes);
    }
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
