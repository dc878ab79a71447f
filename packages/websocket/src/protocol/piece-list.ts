/**
 * Collects the pieces of one payload, and joins them once at the end (WS-076).
 *
 * Where the length is known, they go to their place at once. Otherwise large pieces
 * are kept as views. Small ones are copied together: a view of a
 * few bytes costs a hundred more, and keeps the whole read alive that it lies in.
 */

/** From here on a piece is kept as it is: the read it keeps alive is at most 16 times its size. */
const VIEW_BYTES_MIN = 4096;

/** The room for small pieces grows with what has come, from a few bytes to 64 KiB. */
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
  /** The whole payload, where its length is known and enough of it has come. */
  #whole: Uint8Array | undefined;
  readonly #pieces: Uint8Array[] = [];
  #byteCount = 0;
  #room: Uint8Array = NO_BYTES;
  #roomBytesUsed = 0;

  constructor({
    expectedBytes = 0,
    allocate = (byteCount) => new Uint8Array(byteCount),
  }: PieceListTerms = {}) {
    this.#expectedBytes = expectedBytes;
    this.#allocate = allocate;
  }

  add(piece: Uint8Array): void {
    if (this.#isWorthSettingAside(piece)) this.#whole = this.#allocate(this.#expectedBytes);
    this.#byteCount += piece.length;
    if (this.#whole !== undefined) {
      this.#whole.set(piece, this.#byteCount - piece.length);
      return;
    }
    if (piece.length >= VIEW_BYTES_MIN) {
      this.#closeRoom();
      this.#pieces.push(piece);
      return;
    }
    if (this.#room.length - this.#roomBytesUsed < piece.length) this.#openRoom(piece.length);
    this.#room.set(piece, this.#roomBytesUsed);
    this.#roomBytesUsed += piece.length;
  }

  /** All bytes in order. The list is used up by this. */
  join(): Uint8Array {
    if (this.#whole !== undefined) return this.#whole;
    this.#closeRoom();
    const [only] = this.#pieces;
    if (only !== undefined && this.#pieces.length === 1) return only;
    const joined = this.#allocate(this.#byteCount);
    let offset = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, offset);
      offset += piece.length;
    }
    return joined;
  }

  #isWorthSettingAside(first: Uint8Array): boolean {
    const isFirst = this.#byteCount === 0 && first.length > 0;
    return (
      isFirst &&
      first.length * ANNOUNCED_SHARE_MAX >= this.#expectedBytes &&
      this.#expectedBytes > 0
    );
  }

  #openRoom(byteCount: number): void {
    this.#closeRoom();
    const wanted = Math.min(Math.max(this.#byteCount, ROOM_BYTES_MIN), ROOM_BYTES_MAX);
    this.#room = new Uint8Array(Math.max(wanted, byteCount));
  }

  #closeRoom(): void {
    if (this.#roomBytesUsed > 0) this.#pieces.push(this.#room.subarray(0, this.#roomBytesUsed));
    this.#room = NO_BYTES;
    this.#roomBytesUsed = 0;
  }
}
