/** Chunks of output in order, removed in slices. */
import { Buffer } from 'node:buffer';
import type { ConcatCache } from './concat-cache.ts';

/**
 * Chunks below this size are joined; larger ones cost less in a vectored write than to copy
 * (measured).
 */
const JOINED_CHUNK_BYTES_MAX = 4_096;

const NO_BYTES = new Uint8Array(0);

export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  /** The first chunk that is not fully sent, and how much of it is. */
  #next = 0;
  #offset = 0;
  /** Indexes of the chunks that continue the frame of the chunk before; few do. */
  #continuations: number[] | undefined;

  get isEmpty(): boolean {
    return this.#next === this.#chunks.length;
  }

  /**
   * @param isRest Whether it continues the frame of the previous chunk; otherwise it begins one.
   */
  push(chunk: Uint8Array, isRest = false): void {
    if (isRest) {
      this.#continuations ??= [];
      this.#continuations.push(this.#chunks.length);
    }
    this.#chunks.push(chunk);
  }

  /**
   * Inserts a frame where it is sent earliest: at the next frame boundary that has at least this
   * many bytes before it. Returns the number of bytes that are sent before it.
   */
  insert(frame: Uint8Array, bytesBeforeMin: number): number {
    let index = this.#next;
    let bytesBefore = 0 - this.#offset;
    while (index < this.#chunks.length) {
      if (bytesBefore >= bytesBeforeMin && !this.#isWithinFrame(index)) break;
      bytesBefore += this.#chunks[index]?.length ?? 0;
      index += 1;
    }
    this.#chunks.splice(index, 0, frame);
    this.#continuations = this.#continuations?.map((continuation) =>
      continuation < index ? continuation : continuation + 1,
    );
    return bytesBefore;
  }

  #isWithinFrame(index: number): boolean {
    return (
      (index === this.#next && this.#offset > 0) || this.#continuations?.includes(index) === true
    );
  }

  /** Removes at most `bytesMax` bytes, with small chunks joined. */
  removeSlice(bytesMax: number, join: ConcatCache | undefined): readonly Uint8Array[] {
    const slices: Uint8Array[] = [];
    let small: Uint8Array[] = [];
    let bytesLeft = bytesMax;
    while (bytesLeft > 0 && !this.isEmpty) {
      const slice = this.#removeNext(bytesLeft);
      bytesLeft -= slice.length;
      if (slice.length < JOINED_CHUNK_BYTES_MAX) {
        small.push(slice);
        continue;
      }
      pushJoined(slices, small, join);
      small = [];
      slices.push(slice);
    }
    pushJoined(slices, small, join);
    this.#dropSentChunks();
    return slices;
  }

  #removeNext(bytesLeft: number): Uint8Array {
    const chunk = this.#chunks[this.#next] ?? NO_BYTES;
    const end = Math.min(chunk.length, this.#offset + bytesLeft);
    const isWhole = this.#offset === 0 && end === chunk.length;
    const slice = isWhole ? chunk : chunk.subarray(this.#offset, end);
    if (end === chunk.length) {
      this.#next += 1;
      this.#offset = 0;
    } else {
      this.#offset = end;
    }
    return slice;
  }

  #dropSentChunks(): void {
    if (this.#next * 2 <= this.#chunks.length) return;
    this.#chunks.splice(0, this.#next);
    this.#continuations = this.#continuations?.flatMap((continuation) =>
      continuation < this.#next ? [] : [continuation - this.#next],
    );
    this.#next = 0;
  }
}

function pushJoined(
  slices: Uint8Array[],
  small: readonly Uint8Array[],
  join: ConcatCache | undefined,
): void {
  const [only] = small;
  if (only === undefined) return;
  if (small.length === 1) slices.push(only);
  else slices.push(join?.join(small) ?? Buffer.concat(small));
}
