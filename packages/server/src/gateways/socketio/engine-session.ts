/**
 * A session of Engine.IO, which carries one socket at a time, and perhaps another one
 * later: who came with its first request, and how long it may be without a socket.
 */
import type { ServerResponse } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import type { GuardedTransport } from './guarded-engine.ts';
import type { PacketGate } from './packet-gate.ts';

/** What the package has of it. */
export interface EngineConnection {
  readonly readyState: string;
  readonly transport: GuardedTransport;
  close(): void;
  on(event: 'upgrade', listener: (transport: GuardedTransport) => void): void;
  once(event: 'close', listener: () => void): void;
  off(event: 'close', listener: () => void): void;
}

/** From the first request to the end of the handshake, and from the end of a socket to that of the next one. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** A client tries once. */
const UPGRADES_MAX = 3;

export class EngineSession {
  readonly address: string;
  readonly userAgent: string;
  readonly identify: UpgradeRequest['identify'];
  readonly #connection: EngineConnection;
  #isTaken = false;
  #isAdmitted = false;
  #upgradesLeft = UPGRADES_MAX;
  #isHolding = false;
  #stopWaiting: (() => void) | undefined;

  constructor(connection: EngineConnection, { address, userAgent, identify }: UpgradeRequest) {
    this.#connection = connection;
    this.address = address;
    this.userAgent = userAgent;
    this.identify = identify;
    connection.on('upgrade', ({ gate }) => {
      if (this.#isAdmitted) gate.admit();
    });
  }

  /** Of the transport that it has now. */
  get gate(): PacketGate {
    return this.#connection.transport.gate;
  }

  /** Whether a WebSocket may take its place: a few attempts, of which one at a time. */
  takeUpgrade(): boolean {
    this.#upgradesLeft -= 1;
    return this.#upgradesLeft >= 0;
  }

  get isOpen(): boolean {
    return this.#connection.readyState === 'open';
  }

  /**
   * Runs at once, or when the client is within its rates: a request cannot be held back as a
   * socket can, but its body is not read meanwhile.
   *
   * @throws {ChatError} RATE_LIMITED while another request waits.
   */
  whenWithinRate(response: ServerResponse, clock: Clock, run: () => void): void {
    const { waitMs } = this.gate;
    if (waitMs === 0) {
      run();
      return;
    }
    if (this.#isHolding) {
      throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
    this.#isHolding = true;
    const timer = clock.schedule(waitMs, () => {
      this.#isHolding = false;
      if (!response.destroyed) run();
    });
    response.once('close', () => {
      timer.cancel();
      this.#isHolding = false;
    });
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
    this.#isAdmitted = true;
    this.gate.admit();
    this.#stopWaiting?.();
  }

  /** The socket was refused. */
  release(): void {
    this.#isTaken = false;
  }

  /** The client has left the socket, but not the session: the package would keep it for ever. */
  wait(clock: Clock): void {
    this.release();
    this.#isAdmitted = false;
    this.gate.dismiss();
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
