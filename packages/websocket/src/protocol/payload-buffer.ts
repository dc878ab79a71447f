/**
 * Collects the pieces of one payload, and joins them once at the end (WS-076).
 *
 * They are copied, since what they lie in is read over: to their place where the
 * length is known and enough has come to be worth it, else into rooms that grow with
 * what has come.
 */

/** From a few bytes to 64 KiB; a larger piece gets a room of its own. */
const BUFFER_BYTES_MIN = 256;
const BUFFER_BYTES_MAX = 65_536;

/** How much more than has come a sender may make us set aside by announcing it. */
const ANNOUNCED_SHARE_MAX = 16;

const NO_BYTES = new Uint8Array(0);

export interface Rooms {
  /** Gives bytes that need not be zeros: all of them are written. */
  allocate(byteCount: number): Uint8Array;
  /** Takes back what was given, for whoever is next. */
  release?(room: Uint8Array): void;
}

/** Rooms that are given again as soon as the reading is over in which they were released. */
export interface PooledBuffers extends Rooms {
  release(room: Uint8Array): void;
  /** Around the handling of what was read; may be nested. */
  beginReading(): void;
  endReading(): void;
}

const NEW_BUFFERS: Rooms = { allocate: (byteCount) => new Uint8Array(byteCount) };

export interface PayloadBufferOptions {
  /** How many bytes there will be; 0 where that is not known. */
  readonly expectedBytes?: number;
  readonly rooms?: Rooms | undefined;
}

export class PayloadBuffer {
  readonly #expectedBytes: number;
  readonly #rooms: Rooms;
  /** Full but for the last one. */
  readonly #full: Uint8Array[] = [];
  #room: Uint8Array = NO_BYTES;
  #bufferBytesUsed = 0;
  #byteCount = 0;

  constructor({ expectedBytes = 0, rooms = NEW_BUFFERS }: PayloadBufferOptions = {}) {
    this.#expectedBytes = expectedBytes;
    this.#rooms = rooms;
  }

  add(piece: Uint8Array): void {
    this.#byteCount += piece.length;
    if (this.#room.length - this.#bufferBytesUsed < piece.length) this.#makeCapacity(piece.length);
    this.#room.set(piece, this.#bufferBytesUsed);
    this.#bufferBytesUsed += piece.length;
  }

  /** What the pieces take, with the room that is set aside for those to come. */
  get heldBytes(): number {
    return this.#byteCount - this.#bufferBytesUsed + this.#room.length;
  }

  /** All bytes in order. The list is used up by this. */
  join(): Uint8Array {
    if (this.#full.length === 0 && this.#bufferBytesUsed === this.#room.length) return this.#room;
    const joined = this.#rooms.allocate(this.#byteCount);
    this.#moveTo(joined);
    return joined;
  }

  /** For a piece of so many bytes. */
  #makeCapacity(byteCount: number): void {
    if (this.#byteCount * ANNOUNCED_SHARE_MAX >= this.#expectedBytes && this.#expectedBytes > 0) {
      const whole = this.#rooms.allocate(this.#expectedBytes);
      this.#moveTo(whole);
      this.#room = whole;
      return;
    }
    if (this.#bufferBytesUsed > 0) this.#full.push(this.#room.subarray(0, this.#bufferBytesUsed));
    const wanted = Math.min(Math.max(this.#byteCount, BUFFER_BYTES_MIN), BUFFER_BYTES_MAX);
    this.#room = this.#rooms.allocate(Math.max(wanted, byteCount));
    this.#bufferBytesUsed = 0;
  }

  #moveTo(target: Uint8Array): void {
    this.#full.push(this.#room.subarray(0, this.#bufferBytesUsed));
    this.#bufferBytesUsed = 0;
    for (const room of this.#full.splice(0)) {
      target.set(room, this.#bufferBytesUsed);
      this.#bufferBytesUsed += room.length;
      this.#rooms.release?.(room);
    }
  }
}
