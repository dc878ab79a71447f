/** Chunks of output in order, removed in slices. */
import { Buffer } from 'node:buffer';
import type { ConcatCache } from './concat-cache.ts';

/**
 * Chunks below this size are joined; larger ones cost less in a vectored write than to copy
 * (measured).
 */
const JOINED_PART_BYTES_MAX = 4_096;

const NOTHING = new Uint8Array(0);

export class ChunkQueue {
  #parts: Uint8Array[] = [];
  /** The first chunk that is not fully sent, and how much of it is. */
  #next = 0;
  #offset = 0;
  /** Indexes of the chunks that continue the frame of the chunk before; few do. */
  #rests: number[] | undefined;

  get isEmpty(): boolean {
    return this.#next === this.#parts.length;
  }

  /**
   * @param isRest Whether it continues the frame of the previous chunk; otherwise it begins one.
   */
  push(part: Uint8Array, isRest = false): void {
    if (isRest) {
      this.#rests ??= [];
      this.#rests.push(this.#parts.length);
    }
    this.#parts.push(part);
  }

  /**
   * Inserts a frame where it is sent earliest: at the next frame boundary that has at least this
   * many bytes before it. Returns the number of bytes that are sent before it.
   */
  insert(frame: Uint8Array, bytesBeforeMin: number): number {
    let place = this.#next;
    let bytesBefore = 0 - this.#offset;
    while (place < this.#parts.length) {
      if (bytesBefore >= bytesBeforeMin && !this.#isWithinFrame(place)) break;
      bytesBefore += this.#parts[place]?.length ?? 0;
      place += 1;
    }
    this.#parts.splice(place, 0, frame);
    this.#rests = this.#rests?.map((rest) => (rest < place ? rest : rest + 1));
    return bytesBefore;
  }

  #isWithinFrame(place: number): boolean {
    return (place === this.#next && this.#offset > 0) || this.#rests?.includes(place) === true;
  }

  /** Removes at most `bytesMax` bytes, with small chunks joined. */
  takeSlice(bytesMax: number, join: ConcatCache | undefined): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let small: Uint8Array[] = [];
    let room = bytesMax;
    while (room > 0 && !this.isEmpty) {
      const piece = this.#takePiece(room);
      room -= piece.length;
      if (piece.length < JOINED_PART_BYTES_MAX) {
        small.push(piece);
        continue;
      }
      pushJoined(pieces, small, join);
      small = [];
      pieces.push(piece);
    }
    pushJoined(pieces, small, join);
    this.#forgetTakenParts();
    return pieces;
  }

  #takePiece(room: number): Uint8Array {
    const part = this.#parts[this.#next] ?? NOTHING;
    const end = Math.min(part.length, this.#offset + room);
    const isWhole = this.#offset === 0 && end === part.length;
    const piece = isWhole ? part : part.subarray(this.#offset, end);
    if (end === part.length) {
      this.#next += 1;
      this.#offset = 0;
    } else {
      this.#offset = end;
    }
    return piece;
  }

  #forgetTakenParts(): void {
    if (this.#next * 2 <= this.#parts.length) return;
    this.#parts.splice(0, this.#next);
    this.#rests = this.#rests?.flatMap((rest) => (rest < this.#next ? [] : [rest - this.#next]));
    this.#next = 0;
  }
}

function pushJoined(
  pieces: Uint8Array[],
  small: readonly Uint8Array[],
  join: ConcatCache | undefined,
): void {
  const [only] = small;
  if (only === undefined) return;
  if (small.length === 1) pieces.push(only);
  else pieces.push(join?.join(small) ?? Buffer.concat(small));
}
