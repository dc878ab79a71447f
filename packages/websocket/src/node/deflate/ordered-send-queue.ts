/**
 * Keeps the messages to one peer in order while one of them is being compressed off
 * the loop.
 *
 * Compression is a favour, not a promise: when too much waits, or the connection
 * closes, `hurry` sends everything as it is. Control frames do not come here; they
 * may overtake.
 */
import type { Deflated } from './shared-deflate.ts';

export interface SendQueueEntry {
  /** What it takes while it waits. */
  readonly byteCount: number;
  /** Absent where the message is to go out as it is. */
  readonly deflate?: () => Deflated | Promise<Deflated>;
  /** Hands the message to the peer: compressed, or as it is. Never throws. */
  readonly emit: (deflated: Deflated) => void;
}

export class OrderedSendQueue {
  /** The first one is being compressed, the others wait for it. */
  #entries: SendQueueEntry[] = [];
  #waitingBytes = 0;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The same without the first message, which may be of any size. */
  get backlogBytes(): number {
    return this.#waitingBytes - (this.#entries[0]?.byteCount ?? 0);
  }

  /** Sends it now, or behind those that wait. */
  send(entry: SendQueueEntry): void {
    if (this.isEmpty && this.#sendNow(entry)) return;
    this.#entries.push(entry);
    this.#waitingBytes += entry.byteCount;
  }

  /** Sends everything at once, as it is. */
  hurry(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) next.emit(undefined);
  }

  /** Whether it could be sent without waiting. */
  #sendNow(entry: SendQueueEntry): boolean {
    const deflated = entry.deflate?.();
    if (deflated instanceof Promise) {
      void deflated.then(
        (later) => this.#finish(entry, later),
        // What zlib has no memory for still goes out.
        () => this.#finish(entry, undefined),
      );
      return false;
    }
    entry.emit(deflated);
    return true;
  }

  #finish(entry: SendQueueEntry, deflated: Deflated): void {
    // Sent by `hurry` meanwhile.
    if (this.#entries[0] !== entry) return;
    this.#take();
    entry.emit(deflated);
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (this.#sendNow(next)) continue;
      this.#entries.unshift(next);
      this.#waitingBytes += next.byteCount;
      return;
    }
  }

  #take(): SendQueueEntry | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined) this.#waitingBytes -= entry.byteCount;
    return entry;
  }
}
