/**
 * Writes the log to standard output. It may be a file on a full disk, a closed pipe, or a pipe that
 * is not read; a line that cannot be written is then dropped, because a server must neither stop nor
 * run out of memory because of its log.
 */
import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import type { DestinationStream } from 'pino';

const STDOUT = 1;
/** Maximum characters that wait in memory for the reader of a pipe: several thousand lines. */
export const LOG_QUEUE_LENGTH_MAX = 1024 * 1024;

/** @param onDropped Called with the number of dropped lines when lines can be written again. */
export function stdoutStream(onDropped: (count: number) => void): DestinationStream {
  const output = fstatSync(STDOUT);
  const isStream = output.isFIFO() || output.isSocket() || isatty(STDOUT);
  return isStream
    ? boundedWriter(process.stdout, onDropped)
    : lineWriter((bytes, offset) => writeSync(STDOUT, bytes, offset));
}

/** Drops lines while the stream has too many that wait for its reader. */
export function boundedWriter(
  output: Pick<Writable, 'write' | 'writableLength' | 'once'>,
  onDropped: (count: number) => void,
): DestinationStream {
  let dropped = 0;
  const report = (): void => {
    const count = dropped;
    dropped = 0;
    if (count > 0) onDropped(count);
  };
  return {
    write(line) {
      // Half of the limit after a drop: otherwise a short line that still fits begins a new report.
      const lengthMax = dropped === 0 ? LOG_QUEUE_LENGTH_MAX : LOG_QUEUE_LENGTH_MAX / 2;
      if (output.writableLength + line.length > lengthMax) {
        if (dropped === 0) output.once('drain', report);
        dropped += 1;
        return;
      }
      // A pipe whose reader left is emptied without `drain`.
      report();
      output.write(line);
    },
  };
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
