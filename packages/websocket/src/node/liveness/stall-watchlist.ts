/** The connections whose peers must send the rest of a message, or read waiting output: few. */

export interface StallPeer {
  readonly bufferedBytes: number;
  readonly unfinishedBytes: number;
  /** Whether it must read before more can be sent. */
  readonly isBlocked: boolean;
  /** Checks its own time limits; never throws. */
  checkStalls(nowMs: number): void;
}

export class StallWatchlist {
  readonly #peers = new Set<StallPeer>();

  add(peer: StallPeer): void {
    this.#peers.add(peer);
  }

  delete(peer: StallPeer): void {
    this.#peers.delete(peer);
  }

  /** Bytes that wait for peers beyond the turn, and bytes held of unfinished messages. */
  get backlog() {
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
