/**
 * Collects the pieces of one payload, and joins them once at the end (WS-076).
 *
 * They are copied, since what they lie in is read over: to their place where the
 * length is known and enough has come to be worth it, else into rooms that grow with
 * what has come.
 */

/** From a few bytes to 64 KiB; a larger piece gets a room of its own. */
const ROOM_BYTES_MIN = 256;
const ROOM_BYTES_MAX = 65_536;

/** How much more than has come a sender may make us set aside by announcing it. */
const ANNOUNCED_SHARE_MAX = 16;

const NO_BYTES = new Uint8Array(0);

/** Gives bytes that need not be zeros: all of them are written. */
export type Allocate = (byteCount: number) => Uint8Array;

export interface PieceListTerms {
  /** How many bytes there will be; 0 where that is not known. */
  readonly expectedBytes?: number;
  readonly allocate?: Allocate | undefined;
}

export class PieceList {
  readonly #expectedBytes: number;
  readonly #allocate: Allocate;
  /** Full but for the last one. */
  readonly #rooms: Uint8Array[] = [];
  #room: Uint8Array = NO_BYTES;
  #roomBytesUsed = 0;
  #byteCount = 0;

  constructor({
    expectedBytes = 0,
    allocate = (byteCount) => new Uint8Array(byteCount),
  }: PieceListTerms = {}) {
    this.#expectedBytes = expectedBytes;
    this.#allocate = allocate;
  }

  add(piece: Uint8Array): void {
    this.#byteCount += piece.length;
    if (this.#room.length - this.#roomBytesUsed < piece.length) this.#makeRoom(piece.length);
    this.#room.set(piece, this.#roomBytesUsed);
    this.#roomBytesUsed += piece.length;
  }

  /** All bytes in order. The list is used up by this. */
  join(): Uint8Array {
    if (this.#rooms.length === 0 && this.#roomBytesUsed === this.#room.length) return this.#room;
    const joined = this.#allocate(this.#byteCount);
    this.#moveTo(joined);
    return joined;
  }

  /** For a piece of so many bytes. */
  #makeRoom(byteCount: number): void {
    if (this.#byteCount * ANNOUNCED_SHARE_MAX >= this.#expectedBytes && this.#expectedBytes > 0) {
      const whole = this.#allocate(this.#expectedBytes);
      this.#moveTo(whole);
      this.#room = whole;
      return;
    }
    if (this.#roomBytesUsed > 0) this.#rooms.push(this.#room.subarray(0, this.#roomBytesUsed));
    const wanted = Math.min(Math.max(this.#byteCount, ROOM_BYTES_MIN), ROOM_BYTES_MAX);
    this.#room = this.#allocate(Math.max(wanted, byteCount));
    this.#roomBytesUsed = 0;
  }

  #moveTo(target: Uint8Array): void {
    this.#rooms.push(this.#room.subarray(0, this.#roomBytesUsed));
    this.#roomBytesUsed = 0;
    for (const room of this.#rooms.splice(0)) {
      target.set(room, this.#roomBytesUsed);
      this.#roomBytesUsed += room.length;
    }
  }
}
