/** Token buckets by id. Their number is bounded; a bucket in use is dropped last. */

/** More than a server's maximum number of connections, so that no active user loses a bucket. */
const BUCKETS_MAX = 100_000;
/** Number of full buckets that a new bucket removes: more than one, so that their number falls. */
const CLEARED_PER_BUCKET = 2;

interface Bucket {
  /** A full bucket can be dropped: a new one behaves the same. */
  isFull(nowMs: number): boolean;
}

export class BucketTable<Id extends string, B extends Bucket> {
  readonly #create: (nowMs: number) => B;
  readonly #bucketsMax: number;
  /** In order of last use. A bucket unused for a window is full. */
  readonly #buckets = new Map<Id, B>();

  constructor(create: (nowMs: number) => B, bucketsMax = BUCKETS_MAX) {
    this.#create = create;
    this.#bucketsMax = bucketsMax;
  }

  get size(): number {
    return this.#buckets.size;
  }

  get(id: Id): B | undefined {
    return this.#buckets.get(id);
  }

  /** Finds or creates the bucket, for a use now. */
  use(id: Id, nowMs: number): B {
    const bucket = this.#buckets.get(id) ?? this.#newBucket(nowMs);
    this.#buckets.delete(id); // Moves to the end.
    this.#buckets.set(id, bucket);
    return bucket;
  }

  #newBucket(nowMs: number): B {
    let leftToClear = CLEARED_PER_BUCKET;
    for (const [id, bucket] of this.#buckets) {
      const mustClear = this.#buckets.size >= this.#bucketsMax;
      if (!mustClear && (leftToClear === 0 || !bucket.isFull(nowMs))) break;
      this.#buckets.delete(id);
      leftToClear -= 1;
    }
    return this.#create(nowMs);
  }
}
