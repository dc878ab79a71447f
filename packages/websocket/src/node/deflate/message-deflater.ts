/**
 * Decides which messages to one peer are compressed, and remembers what those that
 * follow may refer back to.
 *
 * A message that goes out plain leaves no trace in the peer's window, so nothing is
 * remembered before it is known in which form a message leaves.
 * Requirements WS-267, WS-273.
 */
import type { DeflateContext } from '../../protocol/deflate-parameters.ts';
import type { PreparedFrame } from '../send/prepared-frame.ts';
import type { Deflated, SharedDeflate } from './shared-deflate.ts';
import { History } from './sliding-window.ts';

/** zlib's compressor has no smaller window. */
const WINDOW_BITS_MIN = 9;

/**
 * zlib reads all of it before each message, so more soon costs more than it saves
 * (measured with JSON of 1 KiB: 14 µs without, 19 with 4 KiB, 27 with 8, 68 with 32;
 * 313 bytes without, 229 with 4 KiB, 232 with 32).
 */
const HISTORY_BYTES_MAX = 4_096;

export class MessageDeflater {
  readonly #shared: SharedDeflate;
  readonly #context: DeflateContext;
  #history: History | undefined;

  constructor(shared: SharedDeflate, context: DeflateContext) {
    this.#shared = shared;
    this.#context = context;
  }

  /** `choice`: the sender's own; without it the threshold decides. */
  wants(byteCount: number, choice: boolean | undefined): boolean {
    if (this.#shared.isSuspended) return false;
    if (byteCount === 0 || this.#context.windowBits < WINDOW_BITS_MIN) return false;
    return choice ?? byteCount >= this.#shared.settings.threshold;
  }

  deflate(plain: Uint8Array): Deflated | Promise<Deflated> {
    return this.#shared.deflate(plain, this.#context.windowBits, this.#history?.bytes);
  }

  /** The message that `deflate` was given last goes out compressed. */
  remember(plain: Uint8Array): void {
    if (!this.#context.isKept) return;
    this.#history ??= new History(Math.min(2 ** this.#context.windowBits, HISTORY_BYTES_MAX));
    this.#history.append(plain);
  }

  /** Refers to nothing before it, so that all peers can be given the same bytes. */
  deflateFrame(frame: PreparedFrame): Deflated | Promise<Deflated> {
    return this.#shared.deflateFrame(frame, this.#context.windowBits);
  }

  /** A shared frame goes out compressed: messages before it are not referred to any more. */
  forget(): void {
    this.#history?.clear();
  }
}
