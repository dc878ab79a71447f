/**
 * A session of Engine.IO, which carries one socket at a time, and perhaps another one
 * later: who came with its first request, and how long it may be without a socket.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Visitor } from '../../ports/visitor.ts';

/** What the package has of it. */
export interface EngineConnection {
  readonly readyState: string;
  close(): void;
  once(event: 'close', listener: () => void): void;
  off(event: 'close', listener: () => void): void;
}

/** From the first request to the end of the handshake, and from the end of a socket to that of the next one. */
export const CONNECT_TIMEOUT_MS = 10_000;

export class EngineSession {
  readonly address: string;
  readonly userAgent: string;
  readonly identify: Visitor['identify'];
  readonly #connection: EngineConnection;
  #isTaken = false;
  #stopWaiting: (() => void) | undefined;

  constructor(connection: EngineConnection, { address, userAgent, identify }: Visitor) {
    this.#connection = connection;
    this.address = address;
    this.userAgent = userAgent;
    this.identify = identify;
  }

  get isOpen(): boolean {
    return this.#connection.readyState === 'open';
  }

  /** A socket asks for it. False where there is one: no client does that, and the session ends. */
  take(): boolean {
    if (this.#isTaken) this.#connection.close();
    const isFree = !this.#isTaken;
    this.#isTaken = true;
    return isFree;
  }

  /** The socket is in. */
  settle(): void {
    this.#stopWaiting?.();
  }

  /** The socket was refused. */
  release(): void {
    this.#isTaken = false;
  }

  /** The client has left the socket, but not the session: the package would keep it for ever. */
  wait(clock: Clock): void {
    this.release();
    const timer: Timer = clock.schedule(CONNECT_TIMEOUT_MS, () => this.#connection.close());
    const stop = () => {
      timer.cancel();
      this.#connection.off('close', stop);
      this.#stopWaiting = undefined;
    };
    this.#connection.once('close', stop);
    this.#stopWaiting = stop;
  }
}
