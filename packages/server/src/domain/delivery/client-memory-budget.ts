/**
 * Counts the bytes that the process holds for its clients, against one limit for all of them. Caches
 * are evicted first, the one unused longest first; then answers become shorter, and clients whose
 * commands wait are no longer read.
 */

/** A cache of recent events may be evicted at any time; the other bytes are owed to clients. */
export type ByteUse = 'recentEvents' | 'commands' | 'answers' | 'unsent';

export interface Cache {
  /** Drops everything, and reports a size of 0. */
  evict(): void;
}

/** Bytes of an answer that are always granted: the total stays bounded by the number of connections. */
const GRANT_BYTES_MIN = 64 * 1024;
/** Part of the free bytes that one answer may take. */
const GRANT_SHARE = 1 / 16;

export class ClientMemoryBudget {
  readonly bytesMax: number;
  readonly #bytes: Record<ByteUse, number> = {
    recentEvents: 0,
    commands: 0,
    answers: 0,
    unsent: 0,
  };
  /** The size of each cache, in the order of their last use. */
  readonly #caches = new Map<Cache, number>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): Readonly<Record<ByteUse, number>> {
    return this.#bytes;
  }

  /** Whether what is owed to clients takes the whole budget. */
  get isExhausted(): boolean {
    return this.#owedBytes >= this.bytesMax;
  }

  /** Opens a gauge of bytes that are owed to one client. It ends with `set(0)`. */
  gauge(use: Exclude<ByteUse, 'recentEvents'>): ByteGauge {
    return new ByteGauge((change) => {
      this.#bytes[use] += change;
      if (change > 0) this.#evict();
    });
  }

  /** Grants an answer at most the wanted bytes, and fewer if not many are free, until `release`. */
  grantAnswer(bytesWanted: number): { readonly bytes: number; readonly release: () => void } {
    const share = Math.floor((this.bytesMax - this.#owedBytes) * GRANT_SHARE);
    const bytes = Math.min(bytesWanted, Math.max(share, GRANT_BYTES_MIN));
    const gauge = this.gauge('answers');
    gauge.set(bytes);
    return { bytes, release: () => gauge.set(0) };
  }

  /** Notes the size of a cache that was just used. */
  noteCache(cache: Cache, bytes: number): void {
    this.#bytes.recentEvents += bytes - (this.#caches.get(cache) ?? 0);
    this.#caches.delete(cache);
    if (bytes === 0) return;
    this.#caches.set(cache, bytes);
    this.#evict();
  }

  get #owedBytes(): number {
    const { commands, answers, unsent } = this.#bytes;
    return commands + answers + unsent;
  }

  #evict(): void {
    for (const cache of this.#caches.keys()) {
      if (this.#owedBytes + this.#bytes.recentEvents <= this.bytesMax) return;
      cache.evict();
    }
  }
}

export class ByteGauge {
  readonly #change: (bytes: number) => void;
  #bytes = 0;

  constructor(change: (bytes: number) => void) {
    this.#change = change;
  }

  set(bytes: number): void {
    if (bytes === this.#bytes) return;
    const change = bytes - this.#bytes;
    this.#bytes = bytes;
    this.#change(change);
  }
}
