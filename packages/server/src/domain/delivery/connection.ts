/** One client's connection, in whatever dialect: who it is, and which rooms it has open. */
import type { ConnectionId, RoomId } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { User } from '../../model/user.ts';
import type { ClientTransport } from '../../ports/client-transport.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { SmallMap } from '../primitives/small-map.ts';
import { TokenBucket } from '../primitives/token-bucket.ts';
import type { DomainSettings } from '../settings.ts';
import { Backpressure, type BackpressureOwner } from './backpressure.ts';
import type { Answer, Subscription } from './room-stream.ts';

export interface SuspendedRoom {
  readonly subscription: Subscription;
  /** Ends the wait for the client to join anew. */
  readonly expiry: Timer;
}

/** A conversation that is being opened here by an event. */
export interface Opening {
  /** To own commands, whose places come after that event. */
  readonly answers: Answer[];
}

/** What all connections share. */
export interface ConnectionParts {
  readonly settings: DomainSettings;
  readonly clock: Clock;
  /** The client did not read on in time. */
  readonly onLaggedTooLong: (connection: ChatConnection) => void;
}

export class ChatConnection implements BackpressureOwner {
  readonly id: ConnectionId;
  readonly user: User;
  /** To be shown; what one may do is decided by `user.role`. */
  readonly shownRole: string;
  readonly sessionKey: string;
  readonly link: ClientTransport;
  readonly backpressure: Backpressure;
  readonly openRooms = new SmallMap<RoomId, Subscription>();
  readonly openings = new SmallMap<RoomId, Opening>();
  /** Rooms that were closed here because the client was too far behind: for a while the person still counts. */
  readonly suspendedRooms = new SmallMap<RoomId, SuspendedRoom>();
  /** Commands of the log that it has given and that are not settled. */
  commandsUnderWay = 0;
  readonly #parts: ConnectionParts;
  /** Made with the first message: most only listen. */
  #sends: TokenBucket | undefined;
  /** Until then; made only where somebody waits for it. */
  #welcome: PromiseWithResolvers<void> | undefined;
  #isWelcomed = false;
  #isClosed = false;

  constructor(id: ConnectionId, identity: Identity, link: ClientTransport, parts: ConnectionParts) {
    this.id = id;
    this.user = identity.user;
    this.shownRole = identity.platformRole ?? identity.user.role;
    this.sessionKey = identity.sessionKey;
    this.link = link;
    this.backpressure = new Backpressure(link, parts.settings, parts.clock, this);
    this.#parts = parts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the client was greeted, before which it is told of nothing; or is gone. */
  get welcomed(): Promise<void> {
    if (this.#isWelcomed) return Promise.resolve();
    this.#welcome ??= Promise.withResolvers();
    return this.#welcome.promise;
  }

  markWelcomed(): void {
    this.#isWelcomed = true;
    this.#welcome?.resolve();
    this.#welcome = undefined;
  }

  markClosed(): void {
    this.#isClosed = true;
    this.markWelcomed();
    this.backpressure.close();
  }

  /** Milliseconds until this connection may send a message; 0 if it may now. */
  sendWaitMs(monotonicMs: number): number {
    return this.#sends?.waitMs(monotonicMs) ?? 0;
  }

  /** Takes one message from the connection's rate limit. */
  takeSend(monotonicMs: number): void {
    const { messageRateMax: capacity, messageRateWindowMs: windowMs } = this.#parts.settings;
    if (capacity === 0) return;
    this.#sends ??= new TokenBucket({ capacity, windowMs }, monotonicMs);
    this.#sends.take(monotonicMs);
  }

  handleLaggedTooLong(): void {
    this.#parts.onLaggedTooLong(this);
  }
}
