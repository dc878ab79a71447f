/** The archive of an export while its client reads it: a client that reads too slowly is ended. */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { PlaceClient } from '../primitives/shared-places.ts';

/** A file of an export, in pieces as they are read. */
export interface ExportedFile {
  readonly name: string;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

/** The client that receives an export. */
export interface ExportReader {
  /** As of `PlaceClient`. */
  readonly network: string;
  /** Ends the connection: an archive that is cut off cannot be opened. */
  readonly end: () => void;
  /** Makes the archive of the files, each of which is read to its end before the next. */
  readonly pack: (files: AsyncIterable<ExportedFile>) => AsyncIterable<Uint8Array>;
}

/** Bytes per millisecond that a client reads at least, on average over the time in which it is waited for. */
const LEAST_RATE = 16;
/** Waiting in which no rate is asked for, and how often the rate is looked at. */
const START_MS = 30_000;
const WATCH_MS = 5000;

export class ExportReading implements PlaceClient {
  readonly network: string;
  readonly #reader: ExportReader;
  readonly #clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly #onEnd: (() => void)[] = [];
  #watch: Timer;
  #isClosed = false;
  #bytes = 0;
  #waitedMs = 0;
  /** Also before the first piece: the client may never ask for it. Undefined while the store is waited for. */
  #waitingSinceMs: number | undefined;

  constructor(reader: ExportReader, clock: Pick<Clock, 'monotonicMs' | 'schedule'>) {
    this.network = reader.network;
    this.#reader = reader;
    this.#clock = clock;
    this.#waitingSinceMs = clock.monotonicMs();
    this.#watch = this.#scheduled();
  }

  /** Adds what is called once, when the archive is complete or its client is ended. */
  onEnd(call: () => void): void {
    this.#onEnd.push(call);
  }

  async *read(files: AsyncIterable<ExportedFile>): AsyncGenerator<Uint8Array> {
    try {
      this.#stopWaiting();
      for await (const piece of this.#reader.pack(files)) {
        if (this.#isClosed) return;
        this.#waitingSinceMs = this.#clock.monotonicMs();
        yield piece;
        this.#stopWaiting();
        this.#bytes += piece.length;
      }
    } finally {
      this.close();
    }
  }

  transferredBytes(): number {
    return this.#bytes;
  }

  waitedMs(): number {
    const sinceMs = this.#waitingSinceMs;
    return this.#waitedMs + (sinceMs === undefined ? 0 : this.#clock.monotonicMs() - sinceMs);
  }

  stop(): void {
    if (this.#isClosed) return;
    this.close();
    this.#reader.end();
  }

  /** Has no effect the second time. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.cancel();
    for (const call of this.#onEnd) call();
  }

  #stopWaiting(): void {
    this.#waitedMs = this.waitedMs();
    this.#waitingSinceMs = undefined;
  }

  #scheduled(): Timer {
    return this.#clock.schedule(WATCH_MS, () => {
      if (this.waitedMs() > START_MS + this.#bytes / LEAST_RATE) this.stop();
      else this.#watch = this.#scheduled();
    });
  }
}
