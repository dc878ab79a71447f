/**
 * An Engine.IO session, which carries one Socket.IO socket at a time. Keeps the client information
 * of the first request, and limits the time without a socket.
 */
import { timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ChatError, type UserId } from '@parley/protocol';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { RequestSender, UpgradeRequest } from '../../ports/upgrade-request.ts';
import { cut, type GuardedTransport } from './guarded-engine.ts';
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
  /** The client of the first request; undefined if there can be no other one. */
  readonly #sender: Pick<RequestSender, 'credentials' | 'network' | 'program'> | undefined;
  #userId: UserId | undefined;
  readonly #connection: EngineConnection;
  readonly #isOfPython: boolean;
  #isInUse = false;
  #isAdmitted = false;
  #upgradesLeft = UPGRADES_MAX;
  #isHolding = false;
  #stopWaiting: (() => void) | undefined;

  constructor(connection: EngineConnection, upgradeRequest: UpgradeRequest, isOfPython: boolean) {
    const { address, userAgent, identify } = upgradeRequest;
    this.#connection = connection;
    this.#isOfPython = isOfPython;
    if (connection.transport.name === 'polling') {
      const { credentials, network, program } = upgradeRequest.sender();
      this.#sender = { credentials, network, program };
    }
    this.address = address;
    this.userAgent = userAgent;
    this.identify = identify;
    connection.on('upgrade', ({ gate }) => {
      if (this.#isAdmitted) gate.admit();
    });
  }

  /**
   * Whether a later request is from the client that began the session: the id of the session is part of
   * addresses, which proxies may log, and proves nothing. A client that had a credential in the headers
   * of its first request shows it again, or another one of the same user. Other clients, which
   * authenticate inside the session, cannot show anything: they stay in their network, with their
   * program.
   */
  async isOwn(sender: RequestSender, kind: 'poll' | 'upgrade'): Promise<boolean> {
    const first = this.#sender;
    if (first === undefined) return false;
    const { credentials, network, program } = sender;
    if (credentials.some((shown) => first.credentials.some((own) => isSame(own, shown))))
      return true;
    if (credentials.length > 0) {
      const identity = await sender.identify();
      return identity !== undefined && identity.user.id === this.#userId;
    }
    // Libraries outside of browsers may name another program in an upgrade, or none.
    const isSameProgram =
      program === first.program || (kind === 'upgrade' && program === undefined);
    return first.credentials.length === 0 && network === first.network && isSameProgram;
  }

  /**
   * Whether events may have the additional argument for recovery. Handlers in Python have a fixed number of
   * arguments, and its library cannot recover. Any client may say otherwise.
   */
  canRecover({ recovery }: Readonly<Record<string, unknown>>): boolean {
    return typeof recovery === 'boolean' ? recovery : !this.#isOfPython;
  }

  /** Sets the user whose socket is in the session. */
  admit(userId: UserId): void {
    this.#userId = userId;
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

  /** Ends the connection; the client tries again. */
  cut(): void {
    cut(this.#connection);
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

/** Digests have one length. */
function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
