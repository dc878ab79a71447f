/**
 * Where the log goes. Standard output may be a file on the disk that is full: then a
 * line that cannot be written is left out, because no server should end for its log.
 */
import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { DestinationStream } from 'pino';

const STDOUT = 1;

export function standardOutput(): DestinationStream {
  const output = fstatSync(STDOUT);
  const isStream = output.isFIFO() || output.isSocket() || isatty(STDOUT);
  return isStream
    ? process.stdout
    : lineWriter((bytes, offset) => writeSync(STDOUT, bytes, offset));
}

/** `write` gives how many bytes it has taken, or throws. */
export function lineWriter(write: (bytes: Buffer, offset: number) => number): DestinationStream {
  let isTorn = false;
  return {
    write(line) {
      // What follows half a line is a line of its own.
      const bytes = Buffer.from(isTorn ? `\n${line}` : line);
      let written = 0;
      try {
        while (written < bytes.length) written += write(bytes, written);
        isTorn = false;
      } catch {
        isTorn ||= written > 0;
      }
    },
  };
}
