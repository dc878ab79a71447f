/**
 * Small frames in a row that wait to be written together, in one piece of memory: an object and a
 * buffer for each would be many times as large as the frames. All members of a group share it, as
 * long as they wait for the same frames.
 */
import { Buffer } from 'node:buffer';

/** As much as one write to a slow peer takes. */
const RUN_BYTES_MAX = 65_536;

interface RunMemory {
  readonly bytes: Buffer;
  usedBytes: number;
}

/** Is an entry of a `SendQueue`. */
export class FrameRun {
  readonly byteCount: number;
  /** The last one. */
  readonly #frame: Uint8Array;
  /** Begins with the frames of this run, and may go on with those of a longer one; absent for one. */
  readonly #memory: RunMemory | undefined;
  #next: FrameRun | undefined;
  #chunks: readonly [Uint8Array] | undefined;

  constructor(frame: Uint8Array, before?: FrameRun) {
    this.byteCount = frame.length + (before?.byteCount ?? 0);
    this.#frame = frame;
    this.#memory = before === undefined ? undefined : before.#append(frame);
  }

  /** The run with one more frame, if it fits: the same for the same frame, unless another came between. */
  add(frame: Uint8Array): FrameRun | undefined {
    if (this.byteCount + frame.length > RUN_BYTES_MAX) return undefined;
    // The memory of the only frame may have been transferred: it ends its connection later.
    if (this.#memory === undefined && this.#frame.length < this.byteCount) return undefined;
    const next = this.#next;
    if (next !== undefined && next.#frame === frame) return next;
    this.#next = new FrameRun(frame, this);
    return this.#next;
  }

  isOnly(frame: Uint8Array): boolean {
    return this.#frame === frame && this.#memory === undefined;
  }

  get chunks(): readonly [Uint8Array] {
    this.#chunks ??= [this.#memory?.bytes.subarray(0, this.byteCount) ?? this.#frame];
    return this.#chunks;
  }

  #append(frame: Uint8Array): RunMemory {
    const usedBytes = this.byteCount + frame.length;
    let memory = this.#memory;
    // Frames of another run may be behind those of this one.
    const isFree = memory?.usedBytes === this.byteCount && usedBytes <= memory.bytes.length;
    if (memory === undefined || !isFree) {
      memory = { bytes: Buffer.allocUnsafe(Math.min(2 * usedBytes, RUN_BYTES_MAX)), usedBytes };
      memory.bytes.set(this.chunks[0]);
    }
    memory.bytes.set(frame, this.byteCount);
    memory.usedBytes = usedBytes;
    return memory;
  }
}
