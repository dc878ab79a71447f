/** Limits the output that waits for all peers of a server: the largest queues give way. */
import type { SizeLimits } from '../options/size-limits.ts';

/** Ends of counted chunks by their memory: broadcasts share it, and it is counted once. */
export type CountedMemory = Map<ArrayBufferLike, Set<number>>;

export interface WaitingPeer {
  readonly outgoing: {
    readonly pendingBytes: number;
    /** Bytes of its queue that are not in `counted` yet. */
    measure(counted: CountedMemory): number;
  };
  /** Accepts no more, or if that was not enough, gives its waiting output up and calls `update`. */
  handleWaitingExcess(): void;
}

/** Smaller queues are not counted: a connection itself takes more. */
const COUNTED_BYTES_MIN = 4_096;

const SHARE_LEFT = 0.75;

export class WaitingBudget {
  readonly #options: Pick<SizeLimits, 'maxWaitingBytes'>;
  readonly #bytes = new Map<WaitingPeer, number>();
  #totalBytes = 0;
  /** Bytes that may be added before the total is checked: measuring shared memory takes long. */
  #bytesUntilCheck = 0;

  constructor(options: Pick<SizeLimits, 'maxWaitingBytes'>) {
    this.#options = options;
  }

  /** Call it when output begins to wait for the peer, when it grows, and when some was accepted. */
  update(peer: WaitingPeer): void {
    const { pendingBytes } = peer.outgoing;
    const before = this.#bytes.get(peer) ?? 0;
    const bytes = pendingBytes < COUNTED_BYTES_MIN ? 0 : pendingBytes;
    if (bytes === before) return;
    if (bytes === 0) this.#bytes.delete(peer);
    else this.#bytes.set(peer, bytes);
    this.#totalBytes += bytes - before;
    if (bytes < before) return;
    this.#bytesUntilCheck -= bytes - before;
    if (this.#bytesUntilCheck < 0) this.followOptions();
  }

  /** Checks the total, also after the limit has changed. */
  followOptions(): void {
    const { maxWaitingBytes } = this.#options;
    this.#bytesUntilCheck = maxWaitingBytes - this.#totalBytes;
    if (this.#bytesUntilCheck >= 0) return;
    // The smallest first: what they share with larger ones is counted for them.
    const peers = [...this.#bytes].sort((a, b) => a[1] - b[1]).map(([peer]) => peer);
    const counted: CountedMemory = new Map();
    let bytes = 0;
    const sums = peers.map((peer) => {
      bytes += peer.outgoing.measure(counted);
      return bytes;
    });
    this.#bytesUntilCheck = maxWaitingBytes - bytes;
    if (this.#bytesUntilCheck >= 0) return;
    this.#bytesUntilCheck = maxWaitingBytes / 16;
    const bytesLeft = maxWaitingBytes * SHARE_LEFT;
    for (let last = peers.length - 1; (sums[last] ?? 0) > bytesLeft; last -= 1) {
      peers[last]?.handleWaitingExcess();
    }
  }
}
