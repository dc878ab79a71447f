/** One stream of a WebSocket that a client shares between several connections: the tabs of a browser. */
import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import type { PreparedFrame } from '@parley/websocket';
import type { ClientSocket, ClientSocketEvents, SocketEnd } from './client-socket.ts';
import { encodeStreamClose, streamPrefix } from './stream-message.ts';

/** The shared WebSocket, as one of its streams uses it. */
export interface StreamCarrier {
  readonly bufferedBytes: number;
  readonly lastActivity: Date;
  send(message: string | Buffer): boolean;
  /** The stream reads again, or no longer. */
  handlePause(isPaused: boolean): void;
  /** The server has closed the stream. */
  handleClose(stream: StreamSocket, code: number, reason: string): void;
}

export class StreamSocket extends EventEmitter<ClientSocketEvents> implements ClientSocket {
  readonly number: number;
  readonly #carrier: StreamCarrier;
  readonly #prefix: Buffer;
  #isPaused = false;
  #isOpen = true;

  constructor(number: number, carrier: StreamCarrier) {
    super();
    this.number = number;
    this.#carrier = carrier;
    this.#prefix = streamPrefix(number);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Unsent bytes of all streams: they leave through the same socket. */
  get bufferedBytes(): number {
    return this.#carrier.bufferedBytes;
  }

  /** Of the whole socket: the client answers pings for all streams together. */
  get lastActivity(): Date {
    return this.#carrier.lastActivity;
  }

  sendText(text: string): boolean {
    return this.#isOpen && this.#carrier.send(`${this.number} ${text}`);
  }

  /** Copies the frame: its bytes are shared with connections that have no prefix, or another one. */
  sendFrame({ bytes, payloadBytes }: PreparedFrame): boolean {
    if (!this.#isOpen) return false;
    const payload = bytes.subarray(bytes.length - payloadBytes);
    return this.#carrier.send(Buffer.concat([this.#prefix, payload]));
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  /** Tells the client; `close` is emitted later in the same turn, as a socket never does it within a call. */
  close(code = 1000, reason = ''): void {
    if (!this.#isOpen) return;
    this.#carrier.send(encodeStreamClose(this.number, code, reason));
    this.#leave();
    const end = { code, reason, initiator: 'application', cause: 'close' } as const;
    queueMicrotask(() => this.emit('close', end));
    this.#carrier.handleClose(this, code, reason);
  }

  /** The client has closed the stream, or the socket has closed. */
  end(end: SocketEnd): void {
    if (!this.#isOpen) return;
    this.#leave();
    this.emit('close', end);
  }

  /** An error of the socket, which closes it next. */
  fail(error: { readonly code: string }): void {
    // An emitter throws an `error` that has no listener; the stream may still be opening.
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  #leave(): void {
    this.#isOpen = false;
    this.#setPaused(false);
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused || (isPaused && !this.#isOpen)) return;
    this.#isPaused = isPaused;
    this.#carrier.handlePause(isPaused);
  }
}
