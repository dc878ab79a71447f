/** Handwritten HTTP over one connection, for requests that no client library sends. */
import { connect, type Socket } from 'node:net';
import { inTime } from './wait.ts';

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export class RawHttp {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<string>;
  #unread = '';

  /** @param host `HOST:PORT`. */
  constructor(host: string) {
    this.#socket = connect({ host: host.split(':')[0] ?? '', port: Number(host.split(':')[1]) });
    this.#socket.setEncoding('latin1');
    // Yields texts because of the encoding set above.
    this.#chunks = this.#socket[Symbol.asyncIterator]() as AsyncIterator<string>;
  }

  /** Sends text unchanged, and reads the next response. */
  ask(text: string): Promise<RawAnswer> {
    this.#socket.write(text, 'latin1');
    return inTime(this.#answer(), 'an answer');
  }

  close(): void {
    this.#socket.destroy();
  }

  async #answer(): Promise<RawAnswer> {
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined) return answer;
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new Error(`closed after '${this.#unread}'`);
      this.#unread += value;
    }
  }

  #take(): RawAnswer | undefined {
    const [head = '', rest] = this.#unread.split(/\r\n\r\n(.*)/s, 2);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (rest === undefined || rest.length < length) return undefined;
    this.#unread = rest.slice(length);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
    return { status, head, body: rest.slice(0, length) };
  }
}
