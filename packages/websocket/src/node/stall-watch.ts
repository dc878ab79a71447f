/**
 * Looks after the connections that owe something: the rest of a message that
 * was begun, or room for bytes that wait. Most owe nothing and cost nothing here.
 */

export interface StallPeer {
  /** Judges its own time limits; never throws. */
  checkStalls(nowMs: number): void;
}

export class StallWatch {
  readonly #peers = new Set<StallPeer>();

  add(peer: StallPeer): void {
    this.#peers.add(peer);
  }

  delete(peer: StallPeer): void {
    this.#peers.delete(peer);
  }

  tick(nowMs: number): void {
    for (const peer of this.#peers) peer.checkStalls(nowMs);
  }
}
