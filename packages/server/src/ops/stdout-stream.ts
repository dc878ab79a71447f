/**
 * Where the log goes. Standard output may be a file on the disk that is full, or a pipe
 * that nobody reads any more: then a line that cannot be written is left out, because
 * no server should end for its log.
 */
import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { DestinationStream } from 'pino';

const STDOUT = 1;

export function stdoutStream(): DestinationStream {
  const output = fstatSync(STDOUT);
  const isStream = output.isFIFO() || output.isSocket() || isatty(STDOUT);
  return isStream
    ? process.stdout
    : lineWriter((bytes, offset) => writeSync(STDOUT, bytes, offset));
}

/** From here on a line that finds no reader, of the log or for the operator, is no failure of the process. */
export function outliveReaders(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => {
      // The next line is tried again: a named pipe may have another reader by then.
    });
  }
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
