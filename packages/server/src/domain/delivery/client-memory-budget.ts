/**
 * Counts the bytes that the process holds for its clients, against one limit for all of them. Caches
 * are evicted first, the one unused longest first; then answers become shorter, and clients whose
 * commands wait are no longer read.
 */

/** A cache of recent events may be evicted at any time; the other bytes are owed to clients. */
type ByteUse = 'recentEvents' | 'commands' | 'answers' | 'unsent';

export interface Cache {
  /** Drops everything, and reports a size of 0. */
  evict(): void;
}

/** Bytes of one use, over all clients. */
interface Total {
  bytes: number;
}

/** Bytes of an answer that are always granted: the total stays bounded by the number of connections. */
const GRANT_BYTES_MIN = 64 * 1024;
/** Part of the free bytes that one answer may take. */
const GRANT_SHARE = 1 / 16;

export class ClientMemoryBudget {
  readonly bytesMax: number;
  readonly #totals: Readonly<Record<ByteUse, Total>> = {
    recentEvents: { bytes: 0 },
    commands: { bytes: 0 },
    answers: { bytes: 0 },
    unsent: { bytes: 0 },
  };
  /** The size of each cache, in the order of their last use. */
  readonly #caches = new Map<Cache, number>();
  #latestCache: Cache | undefined;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): Readonly<Record<ByteUse, number>> {
    const { recentEvents, commands, answers, unsent } = this.#totals;
    return {
      recentEvents: recentEvents.bytes,
      commands: commands.bytes,
      answers: answers.bytes,
      unsent: unsent.bytes,
    };
  }

  /** Whether what is owed to clients takes the whole budget. */
  get isExhausted(): boolean {
    return this.#owedBytes >= this.bytesMax;
  }

  /** Opens a gauge of bytes that are owed to one client. It ends with `set(0)`. */
  gauge(use: Exclude<ByteUse, 'recentEvents'>): ByteGauge {
    return new ByteGauge(this.#totals[use], this.#evict);
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
    this.#totals.recentEvents.bytes += bytes - (this.#caches.get(cache) ?? 0);
    // The latest cache is at the end of the map: moving it there again costs time.
    if (cache !== this.#latestCache || bytes === 0) this.#caches.delete(cache);
    if (bytes === 0) return;
    this.#latestCache = cache;
    this.#caches.set(cache, bytes);
    this.#evict();
  }

  get #owedBytes(): number {
    const { commands, answers, unsent } = this.#totals;
    return commands.bytes + answers.bytes + unsent.bytes;
  }

  get #isExceeded(): boolean {
    return this.#owedBytes + this.#totals.recentEvents.bytes > this.bytesMax;
  }

  readonly #evict = (): void => {
    // Checked first: the bytes change several times per message.
    if (!this.#isExceeded) return;
    for (const cache of this.#caches.keys()) {
      cache.evict();
      if (!this.#isExceeded) return;
    }
  };
}

export class ByteGauge {
  readonly #total: Total;
  readonly #onGrowth: () => void;
  #bytes = 0;

  constructor(total: Total, onGrowth: () => void) {
    this.#total = total;
    this.#onGrowth = onGrowth;
  }

  set(bytes: number): void {
    if (bytes === this.#bytes) return;
    const change = bytes - this.#bytes;
    this.#bytes = bytes;
    this.#total.bytes += change;
    if (change > 0) this.#onGrowth();
  }
}
