/**
 * A proxy between two TCP peers that fails like a network: it disconnects both peers or the server
 * alone, falls silent in one direction or both, delays, or ends in the middle of a message.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `requests` are the data of the clients, `answers` those of the server. */
type Silence = 'none' | 'requests' | 'answers' | 'both';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** The server is disconnected, and the client is not notified. */
  isHalfOpen: boolean;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #to: { readonly host: string; readonly port: number };
  /** Time that each piece of data waits, in milliseconds. */
  delayMs = 0;
  /** Which data do not pass; neither side is notified. End it with `restore`. */
  silence: Silence = 'none';
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
      const link = { client, server: connect(this.#to), isHalfOpen: false };
      const { server } = link;
      this.#links.add(link);
      for (const socket of [client, server]) {
        socket.on('error', () => {});
        socket.on('close', () => {
          if (link.isHalfOpen && socket === server) return;
          this.#end(link);
        });
      }
      client.on('data', (bytes) => {
        this.onRequest(bytes);
        if (!link.isHalfOpen && !this.#isLost('requests')) this.#forward(bytes, client, server);
      });
      server.on('data', (bytes) => {
        const isPassed = this.onAnswer(bytes) && !this.#isLost('answers');
        if (isPassed) this.#forward(bytes, server, client);
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
    if (this.silence !== 'none') this.cut();
    this.silence = 'none';
  }

  #isLost(data: 'requests' | 'answers'): boolean {
    return this.silence === 'both' || this.silence === data;
  }

  #forward(bytes: Buffer, from: Socket, to: Socket): void {
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
    for (const link of this.#links) this.#end(link);
  }

  /** Disconnects the server from all clients, which keep connections that nothing answers. */
  leaveHalfOpen(): void {
    for (const link of this.#links) {
      link.isHalfOpen = true;
      link.server.destroy();
    }
  }

  #end(link: Link): void {
    this.#links.delete(link);
    link.client.destroy();
    link.server.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
