/**
 * A client that sends any bytes a test writes, and returns the answer.
 *
 * It shares no parser with the engine: frames of the server are parsed here, in
 * the simplest way.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { frameBytes } from './bytes.ts';
import { connectSocket } from './transport.ts';
import { inTime, until } from './wait.ts';

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type RequestChange = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A valid upgrade request; `change` replaces, adds or (`undefined`) removes headers. */
export function upgradeRequest(change: RequestChange = {}, startLine = 'GET / HTTP/1.1'): string {
  const headers = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...change,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}`),
  );
  return `${[startLine, ...lines].join('\r\n')}\r\n\r\n`;
}

export class RawPeer {
  readonly socket: Socket;
  readonly #tcp: Socket;
  #joined = Buffer.alloc(0);
  /** Later chunks; joined on access, since large messages arrive in many chunks. */
  #chunks: Buffer[] = [];
  #hasEnded = false;
  #error: Error | undefined;

  constructor(port: number, { isTls = false } = {}) {
    const { socket, tcp } = connectSocket(port, isTls);
    this.socket = socket;
    this.#tcp = tcp;
    this.socket.on('data', (chunk) => this.#chunks.push(chunk));
    this.socket.on('end', () => {
      this.#hasEnded = true;
    });
    this.socket.on('error', (error) => {
      this.#error = error;
    });
  }

  /** Sends an upgrade request, and reads the 101. */
  async upgrade(change?: RequestChange, startLine?: string): Promise<void> {
    this.send(upgradeRequest(change, startLine));
    const answer = await this.nextAnswer();
    assert.equal(answer.status, 101, answer.body);
  }

  /** Whether the server has ended its side; with `error` set, by a reset. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  send(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /**
   * Sends the last bytes in a separate segment: a server that rejects one byte too many has then
   * read everything, so that it does not end with a reset, which may overtake its answer.
   */
  async sendInTwo(data: string): Promise<void> {
    const cut = Math.max(data.length - 200, 1);
    for (const part of [data.slice(0, cut), data.slice(cut)]) {
      await new Promise<void>((resolve) => this.socket.write(part, () => setImmediate(resolve)));
    }
  }

  /** Sends each byte in a separate segment, as far as the system allows it. */
  async sendByteByByte(data: Uint8Array): Promise<void> {
    for (const byte of data) {
      await new Promise<void>((resolve) => {
        this.socket.write(Uint8Array.of(byte), () => setImmediate(resolve));
      });
    }
  }

  /** The next HTTP answer: its head, and a body by its length. */
  async nextAnswer(): Promise<HttpAnswer> {
    await this.#until(() => this.#bytes.includes('\r\n\r\n'), 'an HTTP answer');
    const end = this.#bytes.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = this.#take(end + 4)
      .toString('latin1')
      .trim()
      .split('\r\n');
    const headers = new Map(
      lines.map((line) => {
        const [name = '', ...value] = line.split(': ');
        return [name.toLowerCase(), value.join(': ')] as const;
      }),
    );
    const bodyBytes = Number(headers.get('content-length') ?? 0);
    await this.#until(() => this.#bytes.length >= bodyBytes, 'the body');
    const status = Number(statusLine.split(' ')[1]);
    return { status, headers, body: this.#take(bodyBytes).toString() };
  }

  async nextFrame(): Promise<ServerFrame> {
    const { reservedBits, ...frame } = await this.nextFrameWithBits();
    assert.equal(reservedBits, 0, 'without an extension frames carry no reserved bit');
    return frame;
  }

  /** The next frame, with RSV1 to RSV3 in their positions in the first byte. */
  async nextFrameWithBits(): Promise<ServerFrame & { readonly reservedBits: number }> {
    await this.#until(() => frameBytes(this.#bytes) <= this.#bytes.length, 'a frame');
    const [first = 0, second = 0] = this.#bytes;
    assert.equal(first & 0x80, 0x80, 'server frames are final');
    assert.equal(second & 0x80, 0, 'server frames are not masked');
    const headerBytes = second < 126 ? 2 : second === 126 ? 4 : 10;
    const payload = this.#take(frameBytes(this.#bytes)).subarray(headerBytes);
    return { opcode: first & 0x0f, reservedBits: first & 0x70, payload };
  }

  /** The next frame, which must be text. */
  async nextText(): Promise<string> {
    const { opcode, payload } = await this.nextFrame();
    assert.equal(opcode, 0x1, 'the next frame is text');
    return payload.toString();
  }

  /** The code of the next frame, which must be a close frame; 1005 for an empty one. */
  async nextCloseCode(): Promise<number> {
    const { opcode, payload } = await this.nextFrame();
    assert.equal(opcode, 0x8, `the next frame is a close frame, not ${opcode}: ${payload}`);
    return payload.length === 0 ? 1005 : payload.readUInt16BE(0);
  }

  /** Whether everything received was read. */
  get isSilent(): boolean {
    return this.#bytes.length === 0;
  }

  /** Waits for the server to end its side, in order. */
  async end(): Promise<void> {
    await this.#until(() => this.#hasEnded, 'the end of TCP');
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Ends TCP with a reset. */
  reset(): void {
    this.#tcp.resetAndDestroy();
  }

  closed(): Promise<void> {
    if (this.socket.closed) return Promise.resolve();
    return inTime(
      new Promise((resolve) => this.socket.once('close', () => resolve())),
      'the socket to close',
    );
  }

  get #bytes(): Buffer {
    if (this.#chunks.length > 0) this.#joined = Buffer.concat([this.#joined, ...this.#chunks]);
    this.#chunks = [];
    return this.#joined;
  }

  #until(condition: () => boolean, what: string): Promise<void> {
    return until(() => {
      if (this.#error !== undefined) throw this.#error;
      if (!condition() && this.#hasEnded) throw new Error(`the server ended before ${what}`);
      return condition();
    }, what);
  }

  #take(byteCount: number): Buffer {
    const taken = this.#bytes.subarray(0, byteCount);
    this.#joined = this.#joined.subarray(byteCount);
    return taken;
  }
}
