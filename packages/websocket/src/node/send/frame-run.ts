/** Small frames in a row that wait to be written together, shared by all members of a group. */
import { Buffer } from 'node:buffer';

/** Is an entry of a `SendQueue`. */
export class FrameRun {
  readonly byteCount: number;
  readonly #frame: Uint8Array;
  readonly #before: FrameRun | undefined;
  #next: FrameRun | undefined;
  #chunks: readonly [Uint8Array] | undefined;

  constructor(frame: Uint8Array, before?: FrameRun) {
    this.byteCount = frame.length + (before?.byteCount ?? 0);
    this.#frame = frame;
    this.#before = before;
  }

  /** The run with one more frame; the same one for the same frame, unless another came between. */
  add(frame: Uint8Array): FrameRun {
    let next = this.#next;
    if (next === undefined || next.#frame !== frame) {
      next = new FrameRun(frame, this);
      this.#next = next;
    }
    return next;
  }

  isOnly(frame: Uint8Array): boolean {
    return this.#frame === frame && this.#before === undefined;
  }

  get chunks(): readonly [Uint8Array] {
    this.#chunks ??= [this.#before === undefined ? this.#frame : this.#join()];
    return this.#chunks;
  }

  #join(): Uint8Array {
    const frames: Uint8Array[] = [];
    for (let run: FrameRun | undefined = this; run !== undefined; run = run.#before) {
      frames.push(run.#frame);
    }
    return Buffer.concat(frames.reverse(), this.byteCount);
  }
}
