/** The connections whose peers must send the rest of a message, or read waiting output: few. */

export interface StallPeer {
  /** Bytes that wait for the peer, and bytes held of its unfinished message. */
  readonly heldBytes: number;
  /** Whether it must read before more can be sent. */
  readonly isBlocked: boolean;
  /** Checks its own time limits; never throws. */
  checkStalls(nowMs: number): void;
}

export class StallWatchlist extends Set<StallPeer> {
  get backlog() {
    let bufferedBytes = 0;
    let blockedConnections = 0;
    for (const peer of this) {
      bufferedBytes += peer.heldBytes;
      if (peer.isBlocked) blockedConnections += 1;
    }
    return { bufferedBytes, blockedConnections };
  }

  tick(nowMs: number): void {
    for (const peer of this) peer.checkStalls(nowMs);
  }
}
