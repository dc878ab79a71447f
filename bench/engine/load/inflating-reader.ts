/**
 * Counts the compressed answers of a connection, and compares their texts with the expected texts:
 * the compressed bytes may differ between answers.
 */
import { inflateRawSync } from 'node:zlib';
import { readServerFrame, type ServerFrame } from './frames.ts';

/** Interval of the answers that are inflated; the first answers all are. */
const INFLATE_EVERY = 16;

export class InflatingReader {
  readonly #texts: readonly string[];
  #count = 0;
  /** The start of an incomplete frame. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  /** Returns the number of answers that these bytes complete. @throws if they are not as expected. */
  read(bytes: Buffer, byteCount: number): number {
    const before = this.#count;
    let left = Buffer.concat([this.#rest, bytes.subarray(0, byteCount)]);
    for (let frame = readServerFrame(left); frame !== undefined; frame = readServerFrame(left)) {
      if (!frame.isDeflated) throw new Error('the server did not compress');
      const isFirstCycle = this.#count < this.#texts.length;
      if (isFirstCycle || this.#count % INFLATE_EVERY === 0) this.#compare(frame);
      this.#count += 1;
      left = left.subarray(frame.byteCount);
    }
    this.#rest = left;
    return this.#count - before;
  }

  #compare({ payload }: ServerFrame): void {
    const text = inflateRawSync(payload, { finishFlush: 2 }).toString();
    if (text !== this.#texts[this.#count % this.#texts.length]) {
      throw new Error('an answer is not what was sent');
    }
  }
}
