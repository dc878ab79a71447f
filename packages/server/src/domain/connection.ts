/** One client's connection, in whatever dialect: who it is, and which rooms it has open. */
import type { ConnectionId, RoomId } from '@parley/protocol';
import type { Identity } from '../ports/identity.ts';
import type { Link } from '../ports/link.ts';
import type { User } from '../ports/model.ts';
import type { Participant } from './room-stream.ts';
import type { DomainSettings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

export class ChatConnection {
  readonly id: ConnectionId;
  readonly user: User;
  readonly sessionKey: string;
  readonly link: Link;
  readonly openRooms = new Map<RoomId, Participant>();
  /** When each room was last joined here, for as long as that matters. */
  readonly joinedAtMs = new Map<RoomId, number>();
  readonly #sends: TokenBucket | undefined;
  #isClosed = false;

  constructor(
    id: ConnectionId,
    identity: Identity,
    link: Link,
    limits: { readonly settings: DomainSettings; readonly nowMs: number },
  ) {
    const { messageRateMax: capacity, messageRateWindowMs: windowMs } = limits.settings;
    this.id = id;
    this.user = identity.user;
    this.sessionKey = identity.sessionKey;
    this.link = link;
    this.#sends =
      capacity === 0 ? undefined : new TokenBucket({ capacity, windowMs }, limits.nowMs);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  markClosed(): void {
    this.#isClosed = true;
  }

  /** Takes one message from the rate limit: 0, or the milliseconds until one is allowed. */
  takeSend(monotonicMs: number): number {
    return this.#sends?.take(monotonicMs) ?? 0;
  }
}
