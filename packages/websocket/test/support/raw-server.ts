/**
 * A server that answers with any bytes a test writes, and returns what a client
 * sent. It shares no parser with the engine.
 */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { acceptKey } from '../../src/node/handshake/upgrade-response.ts';
import { frameBytes } from './bytes.ts';
import { inTime, until } from './wait.ts';

interface ClientFrame {
  readonly first: number;
  /** Four bytes in wire order. */
  readonly key: number;
  readonly payload: Buffer;
}

/** The server's end of one connection. */
export class RawClientSocket {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #hasEnded = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
    socket.on('end', () => {
      this.#hasEnded = true;
    });
    socket.on('error', () => {
      // Its `close` follows anyway.
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  send(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** The head of the request, as text. */
  async request(): Promise<string> {
    await until(() => this.#bytes.includes('\r\n\r\n'), 'a request');
    return this.#take(this.#bytes.indexOf('\r\n\r\n') + 4).toString('latin1');
  }

  /** Reads the request and answers it; `change` adds headers to those of a valid answer. */
  async accept(change = '', behind: Uint8Array = Buffer.alloc(0)): Promise<string> {
    const request = await this.request();
    const answer = Buffer.from(`${acceptance(request)}${change}\r\n`);
    this.socket.write(Buffer.concat([answer, behind]));
    return request;
  }

  /** The next frame, which must be masked. */
  async nextFrame(): Promise<ClientFrame> {
    await until(() => frameBytes(this.#bytes) <= this.#bytes.length, 'a frame of the client');
    const frame = this.#take(frameBytes(this.#bytes));
    const second = frame.readUInt8(1);
    assert.equal(second & 0x80, 0x80, 'client frames are masked');
    const keyAt = (second & 0x7f) < 126 ? 2 : (second & 0x7f) === 126 ? 4 : 10;
    const payload = frame
      .subarray(keyAt + 4)
      .map((byte, at) => byte ^ frame.readUInt8(keyAt + (at & 3)));
    return {
      first: frame.readUInt8(0),
      key: frame.readUInt32BE(keyAt),
      payload: Buffer.from(payload),
    };
  }

  /** The code of the next frame, which must be a close frame; 1005 for an empty one. */
  async nextCloseCode(): Promise<number> {
    const { first, payload } = await this.nextFrame();
    assert.equal(first, 0x88, 'the next frame is a close frame');
    return payload.length === 0 ? 1005 : payload.readUInt16BE(0);
  }

  /** Waits for the client to end its side, in order or by a reset. */
  async ended(): Promise<void> {
    await until(() => this.#hasEnded || this.socket.closed, 'the end of TCP');
  }

  #take(byteCount: number): Buffer {
    const taken = this.#bytes.subarray(0, byteCount);
    this.#bytes = this.#bytes.subarray(byteCount);
    return taken;
  }
}

/** The head of a valid answer to this request, without its last line end. */
export function acceptance(request: string): string {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(request)?.[1] ?? '';
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    '',
  ].join('\r\n');
}

/** Listens on a free port; returns clients in the order of their arrival. */
export async function startRawServer(t: TestContext) {
  const clients: RawClientSocket[] = [];
  let taken = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    clients.push(new RawClientSocket(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const { socket } of clients) socket.destroy();
    await inTime(new Promise((resolve) => server.close(resolve)), 'the server to close');
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const next = async (): Promise<RawClientSocket> => {
    await until(() => clients.length > taken, 'a client');
    const client = clients[taken];
    assert(client !== undefined);
    taken += 1;
    return client;
  };
  return { url: `ws://127.0.0.1:${address.port}`, next };
}
