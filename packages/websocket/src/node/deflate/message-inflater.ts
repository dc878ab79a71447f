/**
 * Inflates the messages of one peer in order: the next may refer to the previous one. Small ones are
 * inflated at once, large ones off the event loop.
 */
import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DeflateContext, ZLIB_WINDOW_BITS_MIN } from '../../protocol/deflate-parameters.ts';
import type { CompressedMessage } from '../../protocol/message-assembler.ts';
import { toKept } from '../receive/shared-read-buffer.ts';
import type { CompressionService } from './compression-service.ts';
import { InflateMeter } from './inflate-meter.ts';
import {
  completeMessage,
  type Inflated,
  type InflateTask,
  rawInflateAsync,
  rawInflateSync,
  SYNC_INFLATE_BYTES_MAX,
} from './raw-inflate.ts';
import { SlidingWindow } from './sliding-window.ts';

/** About 0.2 ms of the event loop; longer output is inflated in a thread, as is longer input. */
const SYNC_INFLATED_BYTES_MAX = 65_536;

/** Output after which others get a turn: few kilobytes of frames can hold many messages. */
const BYTES_PER_TURN = 262_144;

/** A message counts as this much more: each costs a context of zlib, or several. */
const BYTES_PER_MESSAGE = 8_192;

export class MessageInflater {
  readonly #shared: CompressionService;
  readonly #windowBits: number;
  readonly #isKept: boolean;
  #history: SlidingWindow | undefined;
  #turnBytes = 0;
  /**
   * Whether the next message is probably too long for processing at once: its fragments are, or the
   * last message was, since most peers send alike ones.
   */
  #isLong = false;
  /** Of the unfinished message, from its first fragment on. */
  meter: InflateMeter | undefined = undefined;

  constructor(shared: CompressionService, { windowBits, isKept }: DeflateContext) {
    this.#shared = shared;
    this.#windowBits = Math.max(windowBits, ZLIB_WINDOW_BITS_MIN);
    this.#isKept = isKept;
  }

  addFragment(chunk: Uint8Array): void {
    const { limits, queue } = this.#shared;
    this.meter ??= new InflateMeter(this.#createTask(limits.maxMessageSize), queue);
    this.meter.add(chunk);
  }

  stopMeasuring(): void {
    this.meter?.close();
    this.meter = undefined;
  }

  /** Returns a promise if it takes long, or if other connections get a turn first. */
  inflate(message: CompressedMessage): Inflated | Promise<Inflated> {
    const measuredBytes = this.meter?.outputBytes ?? 0;
    if (measuredBytes > SYNC_INFLATED_BYTES_MAX) this.#isLong = true;
    this.stopMeasuring();
    return this.#turnBytes < BYTES_PER_TURN
      ? this.#inflateNext(message)
      : this.#inflateNextTurn(message);
  }

  async #inflateNextTurn(message: CompressedMessage): Promise<Inflated> {
    const kept = { ...message, data: toKept(message.data) };
    await nextTurn();
    this.#turnBytes = 0;
    return this.#inflateNext(kept);
  }

  #inflateNext({ data, isBinary }: CompressedMessage): Inflated | Promise<Inflated> {
    const byteCount = data.length;
    const { maxMessageSize } = this.#shared.limits;
    if (byteCount <= SYNC_INFLATE_BYTES_MAX && !this.#isLong) {
      const outputBytesMax = Math.min(maxMessageSize, SYNC_INFLATED_BYTES_MAX);
      const inflated = rawInflateSync(data, this.#createTask(outputBytesMax));
      const isForLater = inflated === 'MESSAGE_TOO_BIG' && outputBytesMax < maxMessageSize;
      if (inflated !== undefined && !isForLater) return this.#finish(byteCount, isBinary, inflated);
    }
    // Already now: the bytes may be overwritten before its turn comes, or are no longer needed.
    const input = completeMessage(data);
    const task = this.#createTask(maxMessageSize);
    return this.#shared.queue.run(async () =>
      this.#finish(byteCount, isBinary, await rawInflateAsync(input, task)),
    );
  }

  #createTask(outputBytesMax: number): InflateTask {
    return { windowBits: this.#windowBits, history: this.#history?.bytes, outputBytesMax };
  }

  #finish(byteCount: number, isBinary: boolean, inflated: Inflated): Inflated {
    this.#shared.countInflated(byteCount, inflated);
    if (typeof inflated === 'string') return inflated;
    this.#turnBytes += BYTES_PER_MESSAGE + inflated.length;
    this.#isLong = inflated.length > SYNC_INFLATED_BYTES_MAX;
    if (!isBinary && !isUtf8(inflated)) return 'INVALID_UTF8';
    if (this.#isKept) {
      this.#history ??= new SlidingWindow(2 ** this.#windowBits);
      this.#history.append(inflated);
    }
    return inflated;
  }
}
