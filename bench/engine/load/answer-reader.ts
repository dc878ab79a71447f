/** Counts the answers of a connection, and compares their bytes with the expected bytes. */
import type { Cycle } from './traffic.ts';

/** Interval of the chunks that are compared during the measurement; before it, every chunk is. */
const COMPARE_EVERY = 16;

/** Maximum chunk size: the size of the buffer that sockets are read into. */
export const CHUNK_BYTES_MAX = 262_144;

/** The expected answers as one stream; shared by all connections. */
export class AnswerStream {
  /** One cycle, followed by its start up to the maximum chunk size. */
  readonly bytes: Buffer;
  readonly ends: readonly number[];
  readonly period: number;
  /** Whether every chunk is compared. */
  isThorough = true;

  constructor({ frames }: Cycle) {
    let end = 0;
    this.ends = frames.map((frame) => (end += frame.length));
    this.period = end;
    const cycles = 1 + Math.ceil(CHUNK_BYTES_MAX / this.period);
    const cycle = Buffer.concat([...frames]);
    this.bytes = Buffer.concat(Array.from({ length: cycles }, () => cycle));
  }
}

export class AnswerReader {
  readonly #stream: AnswerStream;
  /** The position in the cycle, in bytes, and the answer that is being read. */
  #offset = 0;
  #index = 0;
  #chunks = 0;

  constructor(stream: AnswerStream) {
    this.#stream = stream;
  }

  /** Returns the number of answers that these bytes complete. @throws if they are not as expected. */
  read(bytes: Buffer, byteCount: number): number {
    const { ends, period, isThorough } = this.#stream;
    this.#chunks += 1;
    if (isThorough || this.#chunks % COMPARE_EVERY === 0) this.#compare(bytes, byteCount);

    let completed = 0;
    this.#offset += byteCount;
    while (this.#offset >= (ends[this.#index] ?? period)) {
      completed += 1;
      this.#index += 1;
      if (this.#index < ends.length) continue;
      this.#index = 0;
      this.#offset -= period;
    }
    return completed;
  }

  #compare(bytes: Buffer, byteCount: number): void {
    const from = this.#offset;
    const difference = this.#stream.bytes.compare(bytes, 0, byteCount, from, from + byteCount);
    if (difference !== 0) throw new Error('an answer is not what was sent');
  }
}
