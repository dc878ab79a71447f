/** Writes requests from one prepared buffer; small requests are written together. */
import type { Socket } from 'node:net';
import type { Cycle } from './traffic.ts';

const WRITE_BYTES_MAX = 65_536;

export class RequestWriter {
  readonly #bytes: Buffer;
  /** Offsets of the frames, and the end of the last frame. */
  readonly #starts: readonly number[];
  readonly #variety: number;
  readonly #burst: number;

  constructor({ frames }: Cycle) {
    const [first] = frames;
    this.#variety = frames.length;
    this.#burst = Math.max(1, Math.floor(WRITE_BYTES_MAX / (first?.length ?? 1)));
    const repeated = Array.from(
      { length: frames.length + this.#burst },
      (_, index) => frames[index % frames.length] ?? Buffer.alloc(0),
    );
    this.#bytes = Buffer.concat(repeated);
    let end = 0;
    this.#starts = [0, ...repeated.map((frame) => (end += frame.length))];
  }

  /** Writes `count` requests, starting with number `from` of this connection. */
  write(socket: Socket, from: number, count: number): void {
    for (let done = 0; done < count; ) {
      const first = (from + done) % this.#variety;
      const step = Math.min(this.#burst, count - done);
      socket.write(this.#bytes.subarray(this.#starts[first], this.#starts[first + step]));
      done += step;
    }
  }
}
