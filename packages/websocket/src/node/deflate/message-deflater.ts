/** Decides which messages to one peer are compressed, and remembers what they may refer to. */
import { type DeflateContext, ZLIB_WINDOW_BITS_MIN } from '../../protocol/deflate-parameters.ts';
import type { PreparedFrame } from '../send/message-encoder.ts';
import type { CompressionService, Deflated } from './compression-service.ts';
import { SlidingWindow } from './sliding-window.ts';

/**
 * zlib reads the whole window before each message, so a larger one soon costs more than it saves
 * (measured with JSON of 1 KiB: 14 µs without, 19 with 4 KiB, 27 with 8, 68 with 32; 313 bytes
 * without, 229 with 4 KiB, 232 with 32).
 */
const HISTORY_BYTES_MAX = 4_096;

export class MessageDeflater {
  readonly #shared: CompressionService;
  readonly #context: DeflateContext;
  #history: SlidingWindow | undefined;

  constructor(shared: CompressionService, context: DeflateContext) {
    this.#shared = shared;
    this.#context = context;
  }

  /** @param choice The `compress` option of the message; without it the threshold decides. */
  shouldCompress(byteCount: number, choice: boolean | undefined): boolean {
    if (this.#shared.isSuspended) return false;
    if (byteCount === 0 || this.#context.windowBits < ZLIB_WINDOW_BITS_MIN) return false;
    return choice ?? byteCount >= this.#shared.settings.threshold;
  }

  /** See `CompressionService.deflate`. */
  deflate(plain: Uint8Array): Deflated | Promise<Deflated> {
    return this.#shared.deflate(plain, this.#context.windowBits, this.#history?.bytes);
  }

  remember(plain: Uint8Array): void {
    if (!this.#context.isKept) return;
    this.#history ??= new SlidingWindow(Math.min(2 ** this.#context.windowBits, HISTORY_BYTES_MAX));
    this.#history.append(plain);
  }

  /** Refers to no earlier message, so that all peers can get the same bytes. */
  deflateFrame(frame: PreparedFrame): Deflated | Promise<Deflated> {
    return this.#shared.deflateFrame(frame, this.#context.windowBits);
  }

  /** A shared frame is sent compressed: later messages no longer refer to messages before it. */
  forget(): void {
    this.#history = undefined;
  }
}
