/**
 * Compression state that all connections of a server share. Small messages are compressed at once,
 * which is several times cheaper than a thread; large ones off the event loop.
 */
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import {
  type CompressionSettings,
  checkDeflateSettings,
  type PerMessageDeflateOptions,
} from '../options/deflate-settings.ts';
import type { SizeLimits } from '../options/size-limits.ts';
import { encodeMessage, opcodeOf, type PreparedFrame } from '../send/message-encoder.ts';
import { rawDeflateAsync, rawDeflateSync, usefulWindowBits } from './raw-deflate.ts';
import type { Inflated } from './raw-inflate.ts';
import { type ZlibJobs, ZlibQueue } from './zlib-queue.ts';

export interface DeflateStats {
  /** Number of compressed messages; a broadcast counts once for all peers that share it. */
  readonly deflated: number;
  readonly bytesBeforeDeflate: number;
  readonly bytesAfterDeflate: number;
  /** Number of inflated messages, including failures. */
  readonly inflated: number;
  readonly bytesBeforeInflate: number;
  readonly bytesAfterInflate: number;
  /** Work that zlib does off the event loop. */
  readonly jobs: ZlibJobs;
}

/** Read for each message: a limit may change while the server runs. */
type InflateLimits = Pick<SizeLimits, 'maxMessageSize'>;

/** The compressed form; `undefined` if it is not smaller, and `threshold` is not 0. */
export type Deflated = Uint8Array | undefined;

/** About 0.2 ms of the event loop; longer messages are compressed in a thread. */
export const SYNC_DEFLATE_BYTES_MAX = 16_384;

/** `undefined` if compression is off. */
export function createCompressionService(options: CompressionSettings & InflateLimits) {
  const settings = checkDeflateSettings(options.perMessageDeflate);
  return settings && new CompressionService(settings, options);
}

export class CompressionService {
  readonly settings: PerMessageDeflateOptions;
  /** Whether messages are sent uncompressed for now, as is always allowed (section 6). */
  isSuspended = false;
  readonly limits: InflateLimits;
  readonly queue: ZlibQueue;
  /** By the window that they need. */
  readonly #frames = new WeakMap<PreparedFrame, Map<number, Deflated | Promise<Deflated>>>();
  readonly #totals = {
    deflated: 0,
    bytesBeforeDeflate: 0,
    bytesAfterDeflate: 0,
    inflated: 0,
    bytesBeforeInflate: 0,
    bytesAfterInflate: 0,
  };

  constructor(settings: PerMessageDeflateOptions, limits: InflateLimits) {
    this.settings = settings;
    this.limits = limits;
    this.queue = new ZlibQueue(settings.concurrencyLimit);
  }

  get stats(): DeflateStats {
    return { ...this.#totals, jobs: this.queue.jobs };
  }

  /**
   * The payload of a compressed message: a promise above `SYNC_DEFLATE_BYTES_MAX`, otherwise bytes
   * that are valid until the next message.
   */
  deflate(
    plain: Uint8Array,
    windowBits: number,
    history?: Uint8Array,
  ): Deflated | Promise<Deflated> {
    const { level, memLevel } = this.settings;
    const task = { windowBits, level, memLevel, history };
    if (plain.length <= SYNC_DEFLATE_BYTES_MAX) {
      return this.#countDeflated(plain, rawDeflateSync(plain, task));
    }
    return this.queue.run(async () =>
      this.#countDeflated(plain, await rawDeflateAsync(plain, task)),
    );
  }

  /** A frame in compressed form: the same bytes for all peers whose window it fits. */
  deflateFrame(frame: PreparedFrame, windowBitsMax: number): Deflated | Promise<Deflated> {
    const windowBits = usefulWindowBits(frame.payloadBytes, windowBitsMax);
    let variants = this.#frames.get(frame);
    if (variants === undefined) {
      variants = new Map();
      this.#frames.set(frame, variants);
    }
    if (!variants.has(windowBits)) variants.set(windowBits, this.#makeFrame(frame, windowBits));
    return variants.get(windowBits);
  }

  countInflated(byteCount: number, inflated: Inflated): void {
    this.#totals.inflated += 1;
    this.#totals.bytesBeforeInflate += byteCount;
    if (typeof inflated !== 'string') this.#totals.bytesAfterInflate += inflated.length;
  }

  #makeFrame(frame: PreparedFrame, windowBits: number): Deflated | Promise<Deflated> {
    const { bytes, payloadBytes } = frame;
    const toFrame = (deflated: Deflated) =>
      deflated && encodeMessage(opcodeOf(bytes) | COMPRESSED_BIT, deflated);
    const deflated = this.deflate(bytes.subarray(bytes.length - payloadBytes), windowBits);
    return deflated instanceof Promise ? deflated.then(toFrame) : toFrame(deflated);
  }

  #countDeflated(plain: Uint8Array, deflated: Uint8Array): Deflated {
    this.#totals.deflated += 1;
    this.#totals.bytesBeforeDeflate += plain.length;
    this.#totals.bytesAfterDeflate += deflated.length;
    const isWanted = deflated.length < plain.length || this.settings.threshold === 0;
    return isWanted ? deflated : undefined;
  }
}
