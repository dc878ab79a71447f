/**
 * Turns incoming bytes, however split, into unmasked pieces of frames.
 *
 * The parser stores no payload: it returns the available bytes of a frame at once, so
 * that its caller can reject early and the parser never holds more than one read and
 * an unfinished header. Message sizes, types and text are checked elsewhere.
 *
 * Source: RFC 6455 sections 5.2 and 5.3.
 */
import type { Violation } from './errors.ts';
import {
  type FrameHeader,
  HEADER_BYTES_MAX,
  type HeaderRules,
  type HeaderStep,
  stepFrameHeader,
} from './frame-header.ts';
import type { FrameObserver } from './frame-observer.ts';
import type { FramePiece } from './frame-piece.ts';
import { maskRange, rotateKey } from './mask.ts';
import type { Message } from './message-assembler.ts';
import {
  readSingleFrameMessage,
  type SingleFrameRules,
  wholeHeaderBytes,
} from './single-frame-fast-path.ts';

const NO_BYTES = new Uint8Array(0);

export class FrameParser {
  #rules: HeaderRules;
  readonly #observer: FrameObserver | undefined;
  #chunk: Uint8Array = NO_BYTES;
  #offset = 0;
  /** End of the pushed bytes; the chunk's bytes after it do not belong to the parser. */
  #end = 0;
  /** The frame whose payload is being read. */
  #frame: FrameHeader | undefined;
  #frameBytesRead = 0;
  /** The start of an incomplete header; allocated only while needed. */
  #partialHeader: Uint8Array | undefined;
  #partialHeaderBytes = 0;

  constructor(rules: HeaderRules, observer?: FrameObserver) {
    this.#rules = rules;
    this.#observer = observer;
  }

  /** Sets new rules, from the next header on. */
  adoptRules(rules: HeaderRules): void {
    this.#rules = rules;
  }

  /** Whether pushed bytes remain that no piece has covered yet. */
  get hasUnreadBytes(): boolean {
    return this.#offset < this.#end;
  }

  /** Whether the bytes so far end inside a frame. */
  get isInsideFrame(): boolean {
    return this.#frame !== undefined || this.#partialHeader !== undefined;
  }

  /** Accepts the next bytes, the first `byteCount` of `chunk`; the parser unmasks them in place. */
  push(chunk: Uint8Array, byteCount = chunk.length): void {
    if (this.hasUnreadBytes) {
      this.#chunk = concat(
        this.#chunk.subarray(this.#offset, this.#end),
        chunk.subarray(0, byteCount),
      );
      this.#end += byteCount - this.#offset;
    } else {
      this.#chunk = chunk;
      this.#end = byteCount;
    }
    this.#offset = 0;
  }

  /** Copies the unread bytes, because the caller will reuse the chunk. */
  keepUnread(): void {
    this.#chunk = this.#chunk.slice(this.#offset, this.#end);
    this.#end -= this.#offset;
    this.#offset = 0;
  }

  /** Drops the unread bytes. */
  clear(): void {
    this.#chunk = NO_BYTES;
    this.#offset = 0;
    this.#end = 0;
  }

  /** A complete message, or its violation; after `undefined` call `next`. */
  takeWholeMessage(rules: SingleFrameRules): Message | Violation | undefined {
    if (this.isInsideFrame || this.#observer !== undefined) return undefined;
    const message = readSingleFrameMessage(this.#chunk, this.#offset, rules, this.#end);
    if (message?.kind === 'message') {
      const payloadBytes = message.data.length;
      this.#offset += wholeHeaderBytes(payloadBytes) + payloadBytes;
    }
    return message;
  }

  /** The next piece, the first violation, or `undefined` when more bytes are needed. */
  next(): FramePiece | Violation | undefined {
    let isFirst = false;
    if (this.#frame === undefined) {
      const step = this.#stepHeader();
      if (step.kind === 'violation') return step;
      if (step.kind === 'need') return this.#waitForMore();
      this.#frame = step;
      this.#frameBytesRead = 0;
      isFirst = true;
    }
    const header = this.#frame;
    const payload = this.#takePayload(header);
    this.#observer?.handlePayload(payload);
    if (payload.length === 0 && !isFirst) return this.#waitForMore();

    const isLast = this.#frameBytesRead === header.payloadBytes;
    if (isLast) this.#frame = undefined;
    return { kind: 'piece', header, isFirst, isLast, payload };
  }

  #takePayload(header: FrameHeader): Uint8Array {
    const end = Math.min(this.#end, this.#offset + header.payloadBytes - this.#frameBytesRead);
    if (header.maskKey !== 0) {
      const key = rotateKey(header.maskKey, this.#frameBytesRead);
      maskRange(this.#chunk, key, this.#offset, end);
    }
    const payload = this.#chunk.subarray(this.#offset, end);
    this.#offset = end;
    this.#frameBytesRead += payload.length;
    return payload;
  }

  #stepHeader(): HeaderStep {
    if (this.#partialHeader === undefined) {
      const step = stepFrameHeader(this.#chunk, this.#offset, this.#rules, this.#end);
      this.#observe(step, this.#chunk.subarray(this.#offset, this.#end));
      if (step.kind === 'header') this.#offset += step.byteCount;
      if (step.kind !== 'need' || !this.hasUnreadBytes) return step;
      this.#partialHeader = new Uint8Array(HEADER_BYTES_MAX);
      this.#partialHeaderBytes = 0;
    }
    return this.#stepPartialHeader(this.#partialHeader);
  }

  /** Reads byte by byte: a split header is rare, and at most 14 bytes long. */
  #stepPartialHeader(partial: Uint8Array): HeaderStep {
    while (this.hasUnreadBytes) {
      partial[this.#partialHeaderBytes] = this.#chunk[this.#offset] ?? 0;
      this.#partialHeaderBytes += 1;
      this.#offset += 1;
      const step = stepFrameHeader(partial.subarray(0, this.#partialHeaderBytes), 0, this.#rules);
      if (step.kind === 'need') continue;
      this.#observe(step, partial.subarray(0, this.#partialHeaderBytes));
      this.#partialHeader = undefined;
      return step;
    }
    return { kind: 'need' };
  }

  #observe(step: HeaderStep, bytes: Uint8Array): void {
    if (this.#observer === undefined || step.kind === 'need') return;
    if (step.kind === 'header') {
      this.#observer.handleHeader(step, bytes.subarray(0, step.byteCount));
      return;
    }
    let end = 2;
    while (stepFrameHeader(bytes, 0, this.#rules, end).kind !== 'violation') end += 1;
    this.#observer.handleInvalidHeader(step.code, bytes.subarray(0, end));
  }

  #waitForMore(): undefined {
    // An idle connection must not keep its last read alive.
    this.clear();
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
