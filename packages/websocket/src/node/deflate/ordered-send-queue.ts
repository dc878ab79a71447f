/**
 * Keeps the messages to one peer in order while one of them is compressed off the event loop.
 *
 * Compression is optional: if too much waits, or the connection closes, `sendUncompressed` sends everything
 * uncompressed. Control frames are not queued here; they may overtake messages.
 */
import type { Deflated } from './compression-service.ts';

export interface SendQueueEntry {
  /** Bytes that the message occupies while it waits. */
  readonly byteCount: number;
  /** Absent if the message is to be sent uncompressed. */
  readonly deflate?: () => Deflated | Promise<Deflated>;
  /** Passes the message on: compressed, or uncompressed. Never throws. */
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

  /** The same without the first message, which may have any size. */
  get backlogBytes(): number {
    return this.#waitingBytes - (this.#entries[0]?.byteCount ?? 0);
  }

  /** Sends it now, or after those that wait. */
  send(entry: SendQueueEntry): void {
    if (this.isEmpty && this.#sendNow(entry)) return;
    this.#entries.push(entry);
    this.#waitingBytes += entry.byteCount;
  }

  /** Sends everything at once, uncompressed. */
  sendUncompressed(): void {
    for (let next = this.#removeFirst(); next !== undefined; next = this.#removeFirst())
      next.emit(undefined);
  }

  /** Returns whether it could be sent without waiting. */
  #sendNow(entry: SendQueueEntry): boolean {
    const deflated = entry.deflate?.();
    if (deflated instanceof Promise) {
      void deflated.then(
        (later) => this.#finish(entry, later),
        // A message that zlib has no memory for is still sent.
        () => this.#finish(entry, undefined),
      );
      return false;
    }
    entry.emit(deflated);
    return true;
  }

  #finish(entry: SendQueueEntry, deflated: Deflated): void {
    // `sendUncompressed` has sent it meanwhile.
    if (this.#entries[0] !== entry) return;
    this.#removeFirst();
    entry.emit(deflated);
    for (let next = this.#removeFirst(); next !== undefined; next = this.#removeFirst()) {
      if (this.#sendNow(next)) continue;
      this.#entries.unshift(next);
      this.#waitingBytes += next.byteCount;
      return;
    }
  }

  #removeFirst(): SendQueueEntry | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined) this.#waitingBytes -= entry.byteCount;
    return entry;
  }
}
