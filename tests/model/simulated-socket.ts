/**
 * A connection of the engine without a network: data waits until the simulation
 * moves it, so that a reader is as slow as the seed requires.
 */
import { EventEmitter } from 'node:events';
import type { Connection, PreparedFrame } from '@parley/websocket';
import type { SocketHandlers } from '../checker/native/native-peer.ts';

/** The engine reports congestion above this; small, so that it happens. */
export const WRITE_BUFFER_LIMIT = 4096;

export class SimulatedSocket extends EventEmitter {
  readonly #handlers: SocketHandlers;
  readonly #atServer: (task: () => void) => void;
  #toServer: string[] = [];
  #toClient: string[] = [];
  #isPaused = false;
  #isCongested = false;
  #close: { readonly code: number; readonly reason: string } | undefined;
  #isGone = false;
  bufferedBytes = 0;

  /** @param atServer Runs something in the server's process, which may be stopped. */
  constructor(handlers: SocketHandlers, atServer: (task: () => void) => void) {
    super();
    this.#handlers = handlers;
    this.#atServer = atServer;
  }

  /** The connection as the gateway sees it. */
  get connection(): Connection {
    return this as unknown as Connection;
  }

  get isCongested(): boolean {
    return this.#isCongested;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get state(): 'OPEN' | 'CLOSING' | 'CLOSED' {
    if (this.#isGone) return 'CLOSED';
    return this.#close === undefined ? 'OPEN' : 'CLOSING';
  }

  /** Whether `deliver` or `receive` would move anything. */
  get hasWork(): boolean {
    if (this.#isGone) return false;
    return this.#toClient.length > 0 || this.canReceive || this.#close !== undefined;
  }

  get canReceive(): boolean {
    return !this.#isGone && !this.#isPaused && this.#toServer.length > 0;
  }

  // The gateway's side.

  sendText(text: string): boolean {
    if (this.state !== 'OPEN') return false;
    this.#toClient.push(text);
    this.bufferedBytes += text.length;
    if (this.bufferedBytes > WRITE_BUFFER_LIMIT) this.#isCongested = true;
    return true;
  }

  sendFrame({ bytes, payloadBytes }: PreparedFrame): boolean {
    return this.sendText(Buffer.from(bytes.subarray(bytes.length - payloadBytes)).toString());
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  close(code = 1000, reason = ''): void {
    this.#close ??= { code, reason };
    this.#isPaused = false;
  }

  destroy(): void {
    this.cut();
  }

  // The client's side.

  write(text: string): void {
    if (!this.#isGone) this.#toServer.push(text);
  }

  /** The server reads one frame. */
  receive(): void {
    const text = this.#toServer.shift();
    if (text !== undefined) this.emit('message', Buffer.from(text), false);
  }

  /** The client reads up to this many frames, and then a close if there is one. */
  deliver(count: number): void {
    for (const text of this.#toClient.splice(0, count)) {
      this.bufferedBytes -= text.length;
      this.#handlers.handleMessage(text);
      if (this.#isGone) return;
    }
    if (this.#isCongested && this.bufferedBytes <= WRITE_BUFFER_LIMIT / 2) {
      this.#isCongested = false;
      this.#atServer(() => this.emit('drain'));
    }
    if (this.#toClient.length === 0 && this.#close !== undefined) this.#leave(this.#close);
  }

  /** The connection is lost; no waiting data arrives. */
  cut(): void {
    this.#leave({ code: 1006, reason: '' });
  }

  /** The server process has ended: no handler is called there. */
  abandon(): void {
    this.removeAllListeners();
    this.cut();
  }

  #leave(outcome: { readonly code: number; readonly reason: string }): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#toClient = [];
    this.#toServer = [];
    this.bufferedBytes = 0;
    const close = { ...outcome, wasClean: outcome.code !== 1006 };
    this.#atServer(() => this.emit('close', close));
    this.#handlers.handleClose();
  }
}
