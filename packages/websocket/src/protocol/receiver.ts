/**
 * Converts the bytes of one peer, however split, into events: messages and their fragments, pings,
 * pongs, the close frame, or the first violation (RFC 6455 sections 5.2 to 5.5).
 *
 * The caller pulls events one by one, so it decides when to pause. The bytes of a frame are passed
 * on as they arrive, so that it can be rejected early: between two messages the receiver holds
 * nothing of its peer, and a few receivers serve all connections.
 */
import { Buffer } from 'node:buffer';
import { type CloseFrame, parseClosePayload } from './close-payload.ts';
import type { Violation, ViolationCode } from './errors.ts';
import { type FrameHeader, HEADER_BYTES_MAX, stepFrameHeader } from './frame-header.ts';
import { applyMask, rotateKey } from './mask.ts';
import {
  type AssembledEvent,
  type Message,
  MessageAssembler,
  type ReceiverOptions,
} from './message-assembler.ts';
import { isControlOpcode, OPCODES } from './opcodes.ts';
import { NO_BYTES } from './payload-buffer.ts';
import { headerBytes, SingleFrameRun } from './single-frame-fast-path.ts';

export type ReceivedEvent =
  | AssembledEvent
  | { readonly kind: 'ping' | 'pong'; readonly payload: Uint8Array }
  | CloseFrame;

export type ObservedHeader = Omit<FrameHeader, 'kind' | 'maskKey' | 'byteCount'>;

/** Is shown frames, received or sent, for a log; it must not change the bytes, or keep them. */
export interface FrameObserver {
  handleHeader(header: ObservedHeader, headerBytes: Uint8Array): void;
  /** The next bytes of its payload, without a mask. */
  handlePayload(payload: Uint8Array): void;
  /** The bytes are no valid header, and nothing more is read. */
  handleInvalidHeader(code: ViolationCode, bytes: Uint8Array): void;
  /** A text stops being UTF-8 after `position` bytes of its message, and nothing more is read. */
  handleInvalidText(position: number): void;
}

export class Receiver {
  /** Of the message that was begun last. */
  #rules: ReceiverOptions;
  #nextRules: ReceiverOptions;
  readonly #observer: FrameObserver | undefined;
  #chunk: Uint8Array = NO_BYTES;
  #offset = 0;
  /** End of the pushed bytes; the chunk's bytes after it do not belong to the receiver. */
  #end = 0;
  readonly #run = new SingleFrameRun();
  #begunHeader: Uint8Array | undefined;
  #frame: FrameHeader | undefined;
  #frameBytesRead = 0;
  /** Created for the first message that arrives in pieces, or compressed. */
  #assembler: MessageAssembler | undefined;
  /** The pieces so far of the payload of a control frame, which has at most 125 bytes. */
  #control = NO_BYTES;
  #hasEnded = false;

  /** @param observer Is shown all frames; reading is slower with it. */
  constructor(rules: ReceiverOptions, observer?: FrameObserver) {
    this.#rules = rules;
    this.#nextRules = rules;
    this.#observer = observer;
  }

  /** Whether it holds nothing of its peer, so that it can be used for another one. */
  get isIdle(): boolean {
    return !(this.#hasEnded || this.#offset < this.#end || this.#isInside());
  }

  /** Sets new rules for frames that are read from now on, except the rest of a message. */
  adoptRules(rules: ReceiverOptions): void {
    this.#nextRules = rules;
  }

  /** Whether `next` may return more events from the bytes that have arrived. */
  get hasUnreadBytes(): boolean {
    return this.#offset < this.#end && !this.#hasEnded;
  }

  /** Whether the peer has begun a frame or a message and not finished it. */
  get isUnfinished(): boolean {
    return !this.#hasEnded && this.#isInside();
  }

  /** Whether the peer has begun a message and not finished it; control frames may come between. */
  get isAssembling(): boolean {
    return this.#assembler?.isAssembling === true;
  }

  get heldBytes(): number {
    return this.#assembler?.heldBytes ?? 0;
  }

  /** Stops events, and releases the memory of an unfinished message. */
  stop(): void {
    this.#hasEnded = true;
    this.#assembler?.release();
    this.#assembler = undefined;
  }

  /** Accepts the next bytes, the first `byteCount` of `chunk`; payloads are unmasked in place. */
  push(chunk: Uint8Array, byteCount = chunk.length): void {
    if (this.#hasEnded) return;
    if (this.#offset < this.#end) {
      const unread = this.#chunk.subarray(this.#offset, this.#end);
      this.#chunk = Buffer.concat([unread, chunk.subarray(0, byteCount)]);
      this.#end = this.#chunk.length;
      this.#run.handleMove();
    } else {
      this.#chunk = chunk;
      this.#end = byteCount;
    }
    this.#offset = 0;
  }

  /** Copies the unread bytes. Call it before the pushed bytes are overwritten. */
  keepUnread(): void {
    if (!this.hasUnreadBytes) return;
    this.#chunk = this.#chunk.slice(this.#offset, this.#end);
    this.#end -= this.#offset;
    this.#offset = 0;
    this.#run.handleMove();
  }

  /** The next event; `undefined`: more bytes are needed. Last: a close frame or a violation. */
  next(): ReceivedEvent | undefined {
    if (this.#hasEnded) return undefined;
    if (this.#offset === this.#end) {
      this.#dropChunk();
      return undefined;
    }
    const message = this.#isInside() ? undefined : this.#readWholeMessage();
    if (message?.kind === 'message') return message;
    const event = message ?? this.#readPieces();
    if (event?.kind === 'violation' || event?.kind === 'close') {
      this.#hasEnded = true;
      if ('position' in event) this.#observer?.handleInvalidText(event.position);
    }
    return event;
  }

  #isInside(): boolean {
    return this.#frame !== undefined || this.#begunHeader !== undefined || this.isAssembling;
  }

  /** An idle connection must not keep its last read alive. */
  #dropChunk(): void {
    this.#chunk = NO_BYTES;
    this.#offset = 0;
    this.#end = 0;
  }

  /** A complete message, or its violation; `undefined` for all other cases. */
  #readWholeMessage(): Message | Violation | undefined {
    if (this.#rules !== this.#nextRules) {
      this.#rules = this.#nextRules;
      this.#assembler = undefined;
    }
    if (this.#observer !== undefined) return undefined;
    const message = this.#run.next(this.#chunk, this.#offset, this.#end, this.#rules);
    if (message?.kind === 'message') {
      const payloadBytes = message.data.length;
      this.#offset += headerBytes(payloadBytes) + payloadBytes;
    }
    return message;
  }

  #readPieces(): ReceivedEvent | undefined {
    while (this.#offset < this.#end) {
      const isFirst = this.#frame === undefined;
      if (this.#frame === undefined) {
        const header = this.#readHeader();
        if (header?.kind !== 'header') return header;
        this.#frame = header;
        this.#frameBytesRead = 0;
      }
      const event = this.#readPiece(this.#frame, isFirst);
      if (event !== undefined) return event;
    }
    this.#dropChunk();
    return undefined;
  }

  #readHeader(): FrameHeader | Violation | undefined {
    const begun = this.#begunHeader;
    let [bytes, start, end] = [this.#chunk, this.#offset, this.#end];
    if (begun !== undefined) {
      const more = bytes.subarray(start, Math.min(end, start + HEADER_BYTES_MAX));
      bytes = Buffer.concat([begun, more]);
      start = 0;
      end = bytes.length;
    }
    const step = stepFrameHeader(bytes, start, this.#rules, end);
    if (step === undefined) {
      // A copy, unlike `slice` of a `Buffer`.
      this.#begunHeader = new Uint8Array(bytes.subarray(start, end));
      this.#dropChunk();
      return undefined;
    }
    this.#observe(step, bytes.subarray(start, end));
    if (step.kind === 'header') this.#offset += step.byteCount - (begun?.length ?? 0);
    this.#begunHeader = undefined;
    return step;
  }

  #readPiece(header: FrameHeader, isFirst: boolean): ReceivedEvent | undefined {
    const end = Math.min(this.#end, this.#offset + header.payloadBytes - this.#frameBytesRead);
    if (header.maskKey !== 0) {
      const key = rotateKey(header.maskKey, this.#frameBytesRead);
      applyMask(this.#chunk, key, this.#offset, end);
    }
    const payload = this.#chunk.subarray(this.#offset, end);
    this.#offset = end;
    this.#frameBytesRead += payload.length;
    const isLast = this.#frameBytesRead === header.payloadBytes;
    if (isLast) this.#frame = undefined;
    this.#observer?.handlePayload(payload);
    if (!isControlOpcode(header.opcode)) {
      this.#assembler ??= new MessageAssembler(this.#rules);
      return this.#assembler.accept({ header, isFirst, isLast, payload });
    }
    const whole = isFirst ? payload : Uint8Array.of(...this.#control, ...payload);
    if (isLast && header.opcode === OPCODES.close) return parseClosePayload(whole);
    // A copy, unlike `slice` of a `Buffer`.
    const copy = new Uint8Array(whole);
    this.#control = isLast ? NO_BYTES : copy;
    if (!isLast) return undefined;
    return { kind: header.opcode === OPCODES.ping ? 'ping' : 'pong', payload: copy };
  }

  #observe(step: FrameHeader | Violation, bytes: Uint8Array): void {
    if (this.#observer === undefined) return;
    if (step.kind === 'header') {
      this.#observer.handleHeader(step, bytes.subarray(0, step.byteCount));
      return;
    }
    let end = 2;
    while (stepFrameHeader(bytes, 0, this.#rules, end) === undefined) end += 1;
    this.#observer.handleInvalidHeader(step.code, bytes.subarray(0, end));
  }
}
