/**
 * The output of one connection that was not handed to its socket yet, in order: bytes, and messages
 * that are being compressed, with everything that was sent after them. Only the first such message
 * is compressed at a time, because the next one may refer to it. Small frames in a row are one
 * entry, a run that the receivers of a broadcast share.
 */
import { AsyncResource } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { argumentError, type WebSocketError } from '../../protocol/errors.ts';
import type { Deflated } from '../deflate/compression-service.ts';
import { FrameRun } from './frame-run.ts';
import type { CountedMemory } from './waiting-budget.ts';

/** Called once when a message's bytes were all accepted by the system, or were discarded. */
export type SendCallback = (error?: WebSocketError) => void;

/**
 * Calls back in the asynchronous context of this call, as `AsyncLocalStorage` has it: callbacks of
 * many connections run together.
 */
export function keepContext(done: SendCallback | undefined): SendCallback | undefined {
  if (done == null) return undefined;
  if (typeof done !== 'function') throw argumentError('a callback must be a function');
  // Faster by far than `AsyncResource.bind`.
  const context = new AsyncResource('WEBSOCKET_SEND');
  return (error) => context.runInAsyncScope(done, undefined, error);
}

/** How a message is compressed when its turn has come. */
export interface Compression {
  readonly compress: () => Deflated | Promise<Deflated>;
  /** Returns the frame: compressed, or as it is if `deflated` is undefined. */
  readonly encode: (deflated: Deflated) => Uint8Array;
}

/** Bytes that leave together; or, with a `compression`, the payload of a message to compress. */
interface Entry {
  /** Of one frame: one chunk, or its header and its payload. */
  readonly chunks: readonly Uint8Array[];
  /** Of all chunks, when it was queued: memory of the application may be transferred or resized. */
  readonly byteCount: number;
  readonly callbacks?: readonly SendCallback[] | undefined;
  /** Whether later control frames may not overtake it. */
  readonly isControl?: boolean;
  readonly compression?: Compression | undefined;
}

/** Chunks below this size are joined; larger ones are cheaper in a vectored write (measured). */
const JOINED_CHUNK_BYTES_MAX = 4_096;

/** Larger frames take more memory than their objects, and may be shared with other receivers. */
const COPIED_FRAME_BYTES_MAX = 256;

/** Memory of an entry and its objects, about. */
export const ENTRY_BYTES = 256;

const REMOVED: Entry = Object.freeze(entryOf([]));

/** Of an empty queue, which takes less memory than a list of its own. */
const NO_ENTRIES: Entry[] = [];

export class SendQueue {
  #entries = NO_ENTRIES;
  #start = 0;
  /** Entries from here on are being compressed, or are behind one that is. */
  #readyEnd = 0;
  readyBytes = 0;
  compressingBytes = 0;

  /** `compressingBytes` without the first message, which may have any size, and with all objects. */
  get backlogBytes(): number {
    const first = this.#entries[this.#readyEnd];
    if (first === undefined) return 0;
    const count = this.#entries.length - this.#readyEnd - 1;
    return this.compressingBytes - first.byteCount + count * ENTRY_BYTES;
  }

  get readyCount(): number {
    return this.#readyEnd - this.#start;
  }

  get isCompressing(): boolean {
    return this.#readyEnd < this.#entries.length;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Whether the next entry has lost bytes, or has others than when it was queued. */
  get isBroken(): boolean {
    return this.readyCount > 0 && !isIntact(this.#entries[this.#start] as Entry);
  }

  push(chunks: readonly Uint8Array[], callbacks?: readonly SendCallback[]): void {
    const entry = entryOf(chunks, callbacks);
    if (this.isCompressing) this.compressingBytes += entry.byteCount;
    else this.#countReady(entry);
    this.#add(entry);
  }

  /**
   * Adds a small frame to the run at the end, or begins one. Returns `false` if the frame is too
   * large to be copied, or a message before it is being compressed.
   */
  addSmall(frame: Uint8Array, runs: { startRun(frame: Uint8Array): FrameRun }): boolean {
    if (frame.length >= JOINED_CHUNK_BYTES_MAX || this.isCompressing) return false;
    const count = this.#entries.length;
    if (count > 1 && frame.length > COPIED_FRAME_BYTES_MAX) return false;
    const last = this.#entries[count - 1];
    const longer = last instanceof FrameRun ? last.add(frame) : undefined;
    if (longer !== undefined) {
      this.#entries[count - 1] = longer;
    } else {
      this.#add(runs.startRun(frame));
      this.#readyEnd += 1;
    }
    this.readyBytes += frame.length;
    return true;
  }

  /** Adds a message to compress; `handleReady` is called whenever bytes become ready later. */
  compress(
    payload: Uint8Array,
    compression: Compression,
    callbacks: readonly SendCallback[] | undefined,
    handleReady: () => void,
  ): void {
    const isFirst = !this.isCompressing;
    const entry = entryOf([payload], callbacks, false, compression);
    this.#add(entry);
    this.compressingBytes += entry.byteCount;
    if (isFirst) void this.#compressInTurn(handleReady);
  }

  sendUncompressed(): void {
    while (this.isCompressing) this.#makeReady(undefined);
  }

  /**
   * Inserts a control frame after earlier ones. With `isUrgent`, it overtakes all frames that have
   * not begun; without, only those that wait for compression.
   */
  insertControl(
    frame: Uint8Array,
    callbacks: readonly SendCallback[] | undefined,
    { isUrgent }: { readonly isUrgent: boolean },
  ): void {
    let index = this.#readyEnd;
    while (isUrgent && index > this.#start && !this.#entries[index - 1]?.isControl) index -= 1;
    const entry = entryOf([frame], callbacks, true);
    if (this.isEmpty) this.#add(entry);
    else this.#entries.splice(index, 0, entry);
    this.#countReady(entry);
  }

  /**
   * Removes at most `bytesMax` bytes, small chunks joined; adds the callbacks of their frames. The
   * queue must not be broken.
   */
  remove(bytesMax: number, callbacks: SendCallback[]): readonly Uint8Array[] {
    if (this.readyCount === 1 && this.readyBytes <= bytesMax) {
      const entry = this.#entries[this.#start] as Entry;
      this.readyBytes = 0;
      this.#removeFirst(entry, callbacks);
      return entry.chunks;
    }
    const removed: Uint8Array[] = [];
    let bytesLeft = bytesMax;
    while (bytesLeft > 0 && this.readyCount > 0 && !this.isBroken) {
      const entry = this.#entries[this.#start] as Entry;
      const rest: Uint8Array[] = [];
      for (const chunk of entry.chunks) {
        const byteCount = Math.min(chunk.length, bytesLeft);
        if (byteCount > 0) removed.push(chunk.subarray(0, byteCount));
        if (byteCount < chunk.length) rest.push(chunk.subarray(byteCount));
        bytesLeft -= byteCount;
      }
      if (rest.length === 0) this.#removeFirst(entry, callbacks);
      // Nothing overtakes the rest of a frame that has begun.
      else this.#entries[this.#start] = entryOf(rest, entry.callbacks, true);
    }
    this.readyBytes -= bytesMax - bytesLeft;
    return removed.length === 1 ? removed : joinSmall(removed);
  }

  /** Bytes of the entries and their objects, without memory that was counted before. */
  measure(counted: CountedMemory): number {
    const entries = this.#entries.slice(this.#start);
    let bytes = entries.length * ENTRY_BYTES;
    for (const { buffer, byteOffset, length } of entries.flatMap(({ chunks }) => chunks)) {
      const ends = counted.get(buffer) ?? new Set<number>();
      counted.set(buffer, ends);
      if (!ends.has(byteOffset + length)) bytes += length;
      ends.add(byteOffset + length);
    }
    return bytes;
  }

  /** Removes everything except a frame that has begun to leave; returns the callbacks. */
  discard(): readonly SendCallback[] {
    const first = this.readyCount > 0 ? this.#entries[this.#start] : undefined;
    const begun = first?.isControl === true ? first : undefined;
    if (begun !== undefined) this.#start += 1;
    const callbacks = this.clear();
    if (begun === undefined) return callbacks;
    this.#add(begun);
    this.#countReady(begun);
    return callbacks;
  }

  /** Removes everything; returns the callbacks. */
  clear(): readonly SendCallback[] {
    if (this.isEmpty) return [];
    const callbacks = this.#entries.slice(this.#start).flatMap((entry) => entry.callbacks ?? []);
    this.#entries = NO_ENTRIES;
    this.#start = 0;
    this.#readyEnd = 0;
    this.readyBytes = 0;
    this.compressingBytes = 0;
    return callbacks;
  }

  /** A list of one takes less memory than one that has grown. */
  #add(entry: Entry): void {
    if (this.isEmpty) this.#entries = [entry];
    else this.#entries.push(entry);
  }

  #removeFirst(entry: Entry, callbacks: SendCallback[]): void {
    if (entry.callbacks !== undefined) callbacks.push(...entry.callbacks);
    // Its bytes are not kept until the list is moved.
    this.#entries[this.#start] = REMOVED;
    this.#start += 1;
    // Only when they are the greater part: a long queue is not moved at each write.
    if (this.#start * 2 <= this.#entries.length) return;
    if (this.#start === this.#entries.length) this.#entries = NO_ENTRIES;
    else this.#entries.splice(0, this.#start);
    this.#readyEnd -= this.#start;
    this.#start = 0;
  }

  async #compressInTurn(handleReady: () => void): Promise<void> {
    for (let next = this.#entries[this.#readyEnd]; next; next = this.#entries[this.#readyEnd]) {
      const deflated = isIntact(next) ? next.compression?.compress() : undefined;
      if (!(deflated instanceof Promise)) {
        this.#makeReady(deflated);
        continue;
      }
      // A message that zlib has no memory for is still sent.
      const later = await deflated.catch(() => undefined);
      // `sendUncompressed` has made it ready meanwhile.
      if (this.#entries[this.#readyEnd] !== next) return;
      this.#makeReady(later);
      handleReady();
    }
  }

  #makeReady(deflated: Deflated): void {
    const entry = this.#entries[this.#readyEnd] as Entry;
    const { byteCount, compression, callbacks } = entry;
    // Without its bytes it ends the connection when its turn comes.
    const isEncoded = compression !== undefined && isIntact(entry);
    const ready = isEncoded ? entryOf([compression.encode(deflated)], callbacks) : entry;
    this.compressingBytes -= byteCount;
    this.#entries[this.#readyEnd] = ready;
    this.#countReady(ready);
  }

  #countReady({ byteCount }: Entry): void {
    this.readyBytes += byteCount;
    this.#readyEnd += 1;
  }
}

/**
 * Stands for the queue of a connection that never had to queue anything, as most idle ones: that
 * saves memory. It stays empty.
 */
export const NO_QUEUE = new SendQueue();
Object.freeze(NO_QUEUE);

function entryOf(
  chunks: readonly Uint8Array[],
  callbacks?: readonly SendCallback[],
  isControl = false,
  compression?: Compression,
): Entry {
  return { chunks, byteCount: sumOf(chunks), callbacks, isControl, compression };
}

function isIntact({ chunks, byteCount }: Entry): boolean {
  return byteCount === sumOf(chunks);
}

function sumOf(chunks: readonly Uint8Array[]): number {
  let sum = 0;
  for (const { length } of chunks) sum += length;
  return sum;
}

function joinSmall(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const groups: Uint8Array[][] = [];
  let followsSmall = false;
  for (const chunk of chunks) {
    const isSmall = chunk.length < JOINED_CHUNK_BYTES_MAX;
    if (isSmall && followsSmall) groups.at(-1)?.push(chunk);
    else groups.push([chunk]);
    followsSmall = isSmall;
  }
  return groups.map((group) => (group.length === 1 && group[0]) || Buffer.concat(group));
}
