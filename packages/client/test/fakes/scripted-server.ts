/** The server's end of a connection of alice; what it sends is up to the test, or a subclass. */
import type { UserId } from '@parley/protocol';
import { FakeEnvironment, type FakeSocket } from './fake-environment.ts';

export interface ScriptedUser {
  readonly id: UserId;
  readonly username: string;
}

export const ALICE = { id: 'u-alice' as UserId, username: 'alice' };
export const BOB = { id: 'u-bob' as UserId, username: 'bob' };

export interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * The server's end of one connection. Frames to the client are queued until `flush`: a test may
 * deliver some, then `cut` the connection, and queued frames are lost as on a real network.
 */
export abstract class ScriptedConnection {
  readonly environment = new FakeEnvironment();
  #socket: FakeSocket | undefined;
  #queue: object[] = [];

  protected abstract greeting(): object;
  protected receive(_frame: Frame): void {}

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Accepts the socket that the client opened last, and sends the greeting. */
  accept(): void {
    const { socket } = this.environment;
    this.#socket = socket;
    this.#queue = [];
    // The dialect decides which frames the client sends on this socket.
    socket.onSent = (frame) => this.receive(frame as unknown as Frame);
    socket.upgrade();
    this.push(this.greeting());
    // Only the greeting: a test may lose the frames that the client sends next.
    this.flush(1);
  }

  /** Delivers queued frames, including answers to the client's reactions; or the first few. */
  flush(count = Number.POSITIVE_INFINITY): void {
    for (let delivered = 0; delivered < count; delivered += 1) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      this.#socket?.text(JSON.stringify(frame));
    }
  }

  /** The connection breaks: queued frames never arrive. */
  cut(code = 1006): void {
    this.#queue = [];
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onSent = undefined;
    socket.end(code);
  }

  /** Sends a frame without a request, at once. */
  send(frame: object): void {
    this.push(frame);
    this.flush();
  }

  protected push(frame: object): void {
    if (this.#socket !== undefined) this.#queue.push(frame);
  }
}
