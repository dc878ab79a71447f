/**
 * Writes the log to standard output. It may be a file on a full disk or a closed pipe; a line that
 * cannot be written is then dropped, because a server must not stop because of its log.
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

/** Ignores errors of standard output and standard error from now on, for example after a pipe is closed. */
export function ignoreOutputErrors(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => {
      // The next line is written again: a named pipe may have a new reader by then.
    });
  }
}

/** @param write Returns the number of bytes it has written, or throws. */
export function lineWriter(write: (bytes: Buffer, offset: number) => number): DestinationStream {
  let isPartial = false;
  return {
    write(line) {
      // After a partially written line, the next one starts on a new line.
      const bytes = Buffer.from(isPartial ? `\n${line}` : line);
      let written = 0;
      try {
        while (written < bytes.length) written += write(bytes, written);
        isPartial = false;
      } catch {
        isPartial ||= written > 0;
      }
    },
  };
}
