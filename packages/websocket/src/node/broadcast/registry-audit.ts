/**
 * Looks now and then whether each place in the registry still has a socket.
 *
 * A socket gives its place back when it closes. One that is destroyed and never says so, as a
 * stream of the application's own may be (`emitClose: false`), would keep it for ever, and hold
 * up the end of the server. The other way round there is nothing to look for: a socket becomes a
 * connection in the step that registers it, and its close is the only way out. Requirement WS-135.
 */

export interface AuditedPeer {
  /** Whether the socket was destroyed. */
  readonly hasLostSocket: boolean;
  /** Ends it as the socket's close would have done, and reports that. */
  handleLostSocket(): void;
}

/** From the beginning of one round to that of the next; a socket has that long to say its close. */
const ROUND_MS = 60_000;

/** Some ten microseconds; 100,000 connections take a minute and a half. */
const LOOKS_PER_TICK = 1_000;

export class RegistryAudit {
  readonly #peers: () => Iterable<AuditedPeer>;
  #round: Iterator<AuditedPeer> | undefined;
  #nextRoundMs = 0;
  /** Found without a socket in an earlier round. */
  readonly #suspects = new WeakSet<AuditedPeer>();
  #repaired = 0;

  /** @param peers Gives iterators that survive additions and removals. */
  constructor(peers: () => Iterable<AuditedPeer>) {
    this.#peers = peers;
  }

  /** Places that were freed so. */
  get repaired(): number {
    return this.#repaired;
  }

  tick(nowMs: number): void {
    if (this.#round === undefined) {
      if (nowMs < this.#nextRoundMs) return;
      this.#nextRoundMs = nowMs + ROUND_MS;
      this.#round = this.#peers()[Symbol.iterator]();
    }
    for (let count = 0; count < LOOKS_PER_TICK; count += 1) {
      const { done, value } = this.#round.next();
      if (done === true) {
        this.#round = undefined;
        return;
      }
      if (value.hasLostSocket) this.#suspect(value);
    }
  }

  #suspect(peer: AuditedPeer): void {
    if (!this.#suspects.has(peer)) {
      this.#suspects.add(peer);
      return;
    }
    this.#repaired += 1;
    peer.handleLostSocket();
  }
}
