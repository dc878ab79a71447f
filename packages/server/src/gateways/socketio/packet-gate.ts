/**
 * Limits the input of one transport. Before its session is admitted: a few small packets.
 * Afterwards: messages and bytes at the engine's rates, as over a native WebSocket. A WebSocket that
 * exceeds them is paused; a polling client waits for the answer to its next request.
 */
import { MessageAndByteBuckets, type RateOptions } from '@parley/websocket/http';
import type { Clock, Timer } from '../../ports/clock.ts';
import { FRAGMENTS_MAX } from '../common/unfinished-limits.ts';

export interface PacketLimits {
  readonly clock: Clock;
  readonly rates: RateOptions;
  /** Maximum bytes of a message or of a request after the session is admitted. */
  readonly payloadBytesMax: number;
}

/** Properties of the package's transports that are used here. */
export interface GatedTransport {
  /** Present on polling transports. */
  maxHttpBufferSize?: number;
  /** Present on WebSocket transports. */
  readonly socket?: {
    pause(): void;
    resume(): void;
    terminate(): void;
    _limitMessages(limits: { readonly maxPayload: number; readonly maxFragments: number }): void;
  };
}

/** In total: enough for a handshake, others with another token or after a leave, and an upgrade. */
const EARLY_PACKETS_MAX = 16;
/** Enough for a token of any size that fits into the headers of other dialects. */
const EARLY_PAYLOAD_BYTES_MAX = 32 * 1024;
const EARLY_FRAGMENTS_MAX = 64;
/** As many packets take some 20 ms, in one turn of the event loop. */
const PAYLOAD_PACKETS_MAX = 500;
/** Shorter pauses would pause and resume a socket for every packet. */
const PAUSE_MS_MIN = 50;
const SEPARATOR = '\x1e';

export class PacketGate {
  readonly #transport: GatedTransport;
  readonly #limits: PacketLimits;
  #earlyPacketsLeft = EARLY_PACKETS_MAX;
  /** Created when the session is admitted. */
  #meter: MessageAndByteBuckets | undefined;
  #withinRateAtMs = 0;
  #throttle: Timer | undefined;
  #isOverloaded = false;

  constructor(transport: GatedTransport, limits: PacketLimits) {
    this.#transport = transport;
    this.#limits = limits;
  }

  get isAdmitted(): boolean {
    return this.#meter !== undefined;
  }

  /** Must be called after the package has set its own limits. */
  begin(): void {
    this.#limitPayload(EARLY_PAYLOAD_BYTES_MAX, EARLY_FRAGMENTS_MAX);
  }

  /** Applies the limits of an admitted session. */
  admit(): void {
    this.#meter ??= new MessageAndByteBuckets(this.#limits.rates);
    this.#limitPayload(this.#limits.payloadBytesMax, FRAGMENTS_MAX);
  }

  /** Applies the limits of a session without a socket again. */
  dismiss(): void {
    this.#meter = undefined;
    this.begin();
  }

  /** Whether a polling payload is within the limit of packets. */
  allowsPayload(payload: string): boolean {
    let left = this.isAdmitted ? PAYLOAD_PACKETS_MAX : EARLY_PACKETS_MAX;
    for (let at = payload.indexOf(SEPARATOR); at >= 0; at = payload.indexOf(SEPARATOR, at + 1)) {
      left -= 1;
      if (left <= 0) return false;
    }
    return true;
  }

  /** Counts a packet. Returns false if the connection must be closed. */
  take(byteCount: number): boolean {
    if (this.#meter === undefined) {
      this.#earlyPacketsLeft -= 1;
      return this.#earlyPacketsLeft >= 0;
    }
    const nowMs = this.#limits.clock.monotonicMs();
    const waitMs = Math.max(
      this.#meter.countMessage(nowMs),
      this.#meter.countBytes(byteCount, nowMs),
    );
    this.#withinRateAtMs = nowMs + waitMs;
    if (waitMs > 0 && this.#transport.socket !== undefined) this.#pauseFor(waitMs);
    return true;
  }

  /** Milliseconds until the client is within its rate limits. */
  get waitMs(): number {
    return Math.max(0, this.#withinRateAtMs - this.#limits.clock.monotonicMs());
  }

  /** Pauses a WebSocket while too many of its commands are pending. */
  setOverloaded(isOverloaded: boolean): void {
    this.#isOverloaded = isOverloaded;
    this.#regulate();
  }

  close(): void {
    this.#throttle?.cancel();
  }

  #pauseFor(waitMs: number): void {
    this.#throttle ??= this.#limits.clock.schedule(Math.max(waitMs, PAUSE_MS_MIN), () => {
      this.#throttle = undefined;
      this.#regulate();
    });
    this.#regulate();
  }

  #regulate(): void {
    const { socket } = this.#transport;
    if (this.#isOverloaded || this.#throttle !== undefined) socket?.pause();
    else socket?.resume();
  }

  #limitPayload(maxPayload: number, maxFragments: number): void {
    const { socket } = this.#transport;
    if (socket === undefined) this.#transport.maxHttpBufferSize = maxPayload;
    else socket._limitMessages({ maxPayload, maxFragments });
  }
}
