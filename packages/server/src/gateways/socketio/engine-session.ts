/**
 * An Engine.IO session, which carries one Socket.IO socket at a time. Keeps the client information
 * of the first request, and limits the time without a socket.
 */
import type { ServerResponse } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import type { GuardedTransport } from './guarded-engine.ts';
import type { PacketGate } from './packet-gate.ts';

/** Part of the package's connection that is used here. */
export interface EngineConnection {
  readonly readyState: string;
  readonly transport: GuardedTransport;
  close(): void;
  on(event: 'upgrade', listener: (transport: GuardedTransport) => void): void;
  once(event: 'close', listener: () => void): void;
  off(event: 'close', listener: () => void): void;
}

/** Time for the handshake, and time from the end of a socket to the start of the next one. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Maximum number of WebSocket upgrades per session; clients try once. */
const UPGRADES_MAX = 3;

export class EngineSession {
  readonly address: string;
  readonly userAgent: string;
  readonly identify: UpgradeRequest['identify'];
  readonly #connection: EngineConnection;
  #isInUse = false;
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

  /** Gate of the current transport. */
  get gate(): PacketGate {
    return this.#connection.transport.gate;
  }

  /** Counts an upgrade to WebSocket; returns false if there were too many attempts. */
  takeUpgrade(): boolean {
    this.#upgradesLeft -= 1;
    return this.#upgradesLeft >= 0;
  }

  get isOpen(): boolean {
    return this.#connection.readyState === 'open';
  }

  /**
   * Runs now, or when the client is within its rate limits. Unlike a socket, a request cannot be
   * paused, but its body is not read meanwhile.
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

  /** Assigns the session to a socket. If it already has a socket, which no client does, returns false and closes the session. */
  take(): boolean {
    if (this.#isInUse) this.#connection.close();
    const isFree = !this.#isInUse;
    this.#isInUse = true;
    return isFree;
  }

  /** Marks the socket as admitted. */
  settle(): void {
    this.#isAdmitted = true;
    this.gate.admit();
    this.#stopWaiting?.();
  }

  /** Frees the session after its socket was rejected. */
  release(): void {
    this.#isInUse = false;
  }

  close(): void {
    this.#connection.close();
  }

  /** Waits for a new socket after the client has left the old one; without the timeout, the package would keep the session forever. */
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
