/** A file of which bytes are overwritten and none are moved, so that everything in it stays where it is. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** The file is damaged, or of a kind from which nothing can be removed. */
export class Uncleanable extends Error {
  override readonly name = 'Uncleanable';
}

/** Of one read: tables of hours of film are smaller. */
const READ_BYTES_MAX = 8 * 1024 * 1024;
const ZEROS = Buffer.alloc(64 * 1024);

export class FileInPlace {
  readonly size: number;
  readonly #file: number;
  /** Ranges that name the same bytes again and again end here. */
  #zeroBytesLeft: number;

  constructor(path: string) {
    this.#file = openSync(path, 'r+');
    this.size = fstatSync(this.#file).size;
    this.#zeroBytesLeft = 3 * this.size + ZEROS.length;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** @throws {Uncleanable} if there are fewer bytes, or more than a table may have. */
  read(at: number, length: number): Buffer {
    if (length > READ_BYTES_MAX || at < 0 || at + length > this.size) throw new Uncleanable();
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.#file, bytes, done, length - done, at + done);
      if (count === 0) throw new Uncleanable();
      done += count;
    }
    return bytes;
  }

  /** @throws {Uncleanable} if it would make the file longer. */
  write(at: number, bytes: Uint8Array): void {
    if (at < 0 || at + bytes.length > this.size) throw new Uncleanable();
    writeSync(this.#file, bytes, 0, bytes.length, at);
  }

  /** Up to `end`, or to the end of the file. @throws {Uncleanable} */
  zero(start: number, end: number): void {
    const last = Math.min(end, this.size);
    this.#zeroBytesLeft -= Math.max(0, last - start);
    // Numbers that are none, too.
    if (!(start >= 0 && this.#zeroBytesLeft >= 0)) throw new Uncleanable();
    for (let at = start; at < last; at += ZEROS.length) {
      this.write(at, ZEROS.subarray(0, Math.min(ZEROS.length, last - at)));
    }
  }
}
