/** Limits the memory of unfinished messages over all connections: the largest ones are closed. */
import type { SizeLimits } from '../options/size-limits.ts';

export interface UnfinishedPeer {
  readonly unfinishedBytes: number;
  /** Gives its message up and calls `update`. */
  handleUnfinishedExcess(): void;
}

type BudgetOptions = Pick<SizeLimits, 'maxUnfinishedBytes'>;

const SHARE_LEFT = 0.75;

export class UnfinishedBudget {
  readonly #options: BudgetOptions;
  /** Bytes of each peer that has an unfinished message, after its last read. */
  readonly #bytes = new Map<UnfinishedPeer, number>();
  #totalBytes = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Call it after each read, and when a message was given up. */
  update(peer: UnfinishedPeer): void {
    const { unfinishedBytes } = peer;
    if (unfinishedBytes === 0 && this.#bytes.size === 0) return;
    this.#totalBytes += unfinishedBytes - (this.#bytes.get(peer) ?? 0);
    if (unfinishedBytes === 0) this.#bytes.delete(peer);
    else this.#bytes.set(peer, unfinishedBytes);
    if (this.#totalBytes > this.#options.maxUnfinishedBytes) this.#closeLargest();
  }

  #closeLargest(): void {
    const bytesLeftMax = this.#options.maxUnfinishedBytes * SHARE_LEFT;
    for (const [peer] of [...this.#bytes].sort((a, b) => b[1] - a[1])) {
      if (this.#totalBytes <= bytesLeftMax) return;
      peer.handleUnfinishedExcess();
    }
  }
}
