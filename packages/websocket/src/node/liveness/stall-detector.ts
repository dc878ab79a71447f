/**
 * Looks after the connections that owe something: the rest of a message that
 * was begun, or room for bytes that wait. Most owe nothing and cost nothing here.
 */

export interface StallPeer {
  /** Bytes that wait for it. */
  readonly bufferedBytes: number;
  /** Bytes held of a message whose rest it owes. */
  readonly unfinishedBytes: number;
  /** Whether it has to make room before it gets more. */
  readonly isBlocked: boolean;
  /** Judges its own time limits; never throws. */
  checkStalls(nowMs: number): void;
}

/** What waits for peers beyond the turn, or for the rest of what they have begun. */
export interface Backlog {
  readonly bufferedBytes: number;
  readonly blockedConnections: number;
}

export class StallDetector {
  readonly #peers = new Set<StallPeer>();

  add(peer: StallPeer): void {
    this.#peers.add(peer);
  }

  delete(peer: StallPeer): void {
    this.#peers.delete(peer);
  }

  get backlog(): Backlog {
    let bufferedBytes = 0;
    let blockedConnections = 0;
    for (const peer of this.#peers) {
      bufferedBytes += peer.bufferedBytes + peer.unfinishedBytes;
      if (peer.isBlocked) blockedConnections += 1;
    }
    return { bufferedBytes, blockedConnections };
  }

  tick(nowMs: number): void {
    for (const peer of this.#peers) peer.checkStalls(nowMs);
  }
}
