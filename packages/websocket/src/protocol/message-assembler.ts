/**
 * Assembles the frames of a message, and checks their order, total size and UTF-8 as early as
 * possible (RFC 6455 sections 5.4 and 8.1, RFC 7692 section 6.2). Compressed content is checked
 * after it is inflated. Control frames do not reach this class.
 */
import { COMPRESSED_BIT } from './deflate-parameters.ts';
import { tooBig, type Violation, type ViolationCode } from './errors.ts';
import { type FrameHeader, type HeaderRules, reservedBitsViolation } from './frame-header.ts';
import { OPCODES } from './opcodes.ts';
import { type BufferAllocator, PayloadBuffer, type PooledBuffers } from './payload-buffer.ts';
import { Utf8Validator } from './utf8-validator.ts';

export interface ReceiverOptions extends HeaderRules {
  /** A larger message is rejected at the header of the frame that exceeds the limit. */
  readonly messageBytesMax: number;
  /** Frames per message, including empty frames; stops floods that the byte limit does not see. */
  readonly fragmentCountMax: number;
  /** A faster allocation of bytes that will be overwritten; the platform's, if it has one. */
  readonly allocator?: BufferAllocator;
  /** Reused buffers for messages that arrive in pieces; `handOut` copies what is kept. */
  readonly bufferPool?: PooledBuffers | undefined;
  /** Returns a payload, from `start` to `end`, for the application: a copy where necessary. */
  readonly handOut: (bytes: Uint8Array, start: number, end: number) => Uint8Array;
  /** The same for several payloads at once. Default: one by one. */
  readonly handOutRun?: ((bytes: Uint8Array, start: number, end: number) => HandOut) | undefined;
}

/** Returns the payload from `start` to `end`, within the bytes that were handed out together. */
export type HandOut = (start: number, end: number) => Uint8Array;

/** Received bytes of one frame. The first piece reports the header and may be empty. */
interface FramePiece {
  readonly header: FrameHeader;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** A view into the pushed bytes, valid until the next push. */
  readonly payload: Uint8Array;
}

export interface Message {
  readonly kind: 'message';
  readonly isBinary: boolean;
  readonly data: Uint8Array;
}

/** Its text is not yet checked; the data may be a view that is valid until the next read. */
export type CompressedMessage = Omit<Message, 'kind'> & { readonly kind: 'compressed' };

/** The end of a frame that does not end its message: work for which other peers have to wait. */
const FRAGMENT = Object.freeze({ kind: 'fragment' });

/**
 * Result of a piece: the message or fragment that it ends, a violation, or bytes of a compressed
 * message to measure, a view that is valid until the next read.
 */
export type AssembledEvent =
  | Message
  | CompressedMessage
  | { readonly kind: 'compressed-piece'; readonly data: Uint8Array }
  | typeof FRAGMENT
  | Violation;

export class MessageAssembler {
  readonly #rules: ReceiverOptions;
  /** The type of the message being assembled; `undefined` between messages. */
  #opcode: number | undefined;
  #isCompressed = false;
  #declaredBytes = 0;
  #fragmentCount = 0;
  #pieces: PayloadBuffer | undefined;
  readonly #text = new Utf8Validator();

  constructor(rules: ReceiverOptions) {
    this.#rules = rules;
  }

  get isAssembling(): boolean {
    return this.#opcode !== undefined;
  }

  get heldBytes(): number {
    return this.#pieces?.heldBytes ?? 0;
  }

  accept({ header, payload, isFirst, isLast }: FramePiece): AssembledEvent | undefined {
    if (isFirst) {
      const fault = this.#findFault(header);
      if (fault !== undefined) {
        return typeof fault === 'string' ? { kind: 'violation', code: fault } : fault;
      }
      this.#begin(header);
    }

    const isBinary = this.#opcode === OPCODES.binary;
    const isCompressed = this.#isCompressed;
    const isEnd = isLast && header.isFinal;
    if (!isBinary && !isCompressed && !this.#text.push(payload, isEnd)) {
      return { kind: 'violation', code: 'INVALID_UTF8', position: this.#text.byteCount };
    }
    // A message that is complete in the read, the common case, is passed on without a copy.
    const isWhole = isEnd && isFirst && this.#fragmentCount === 1;
    if (!isWhole) {
      this.#pieces ??= this.#startPieces(header);
      this.#pieces.add(payload);
    }
    if (!isEnd) {
      const isMeasured = isCompressed && !header.isFinal && payload.length > 0;
      if (isMeasured) return { kind: 'compressed-piece', data: payload };
      return isLast ? FRAGMENT : undefined;
    }

    const whole = this.#pieces?.join() ?? payload;
    const isOwn = this.#pieces !== undefined && !this.#giveBack(whole);
    this.#clear();
    if (isCompressed) return { kind: 'compressed', isBinary, data: whole };
    const data = isOwn ? whole : this.#rules.handOut(whole, 0, whole.length);
    return { kind: 'message', isBinary, data };
  }

  /** Releases a buffer that is reused; its bytes stay valid until the end of the read. */
  #giveBack(buffer: Uint8Array): boolean {
    const { bufferPool } = this.#rules;
    if (bufferPool?.contains(buffer) !== true) return false;
    bufferPool.release(buffer);
    return true;
  }

  /** Call it if the message is given up; nothing may be accepted afterwards. */
  release(): void {
    this.#pieces?.clear();
  }

  #startPieces({ isFinal, payloadBytes }: FrameHeader): PayloadBuffer {
    // For the first of several frames the total length is unknown.
    const expectedBytes = isFinal && this.#fragmentCount === 1 ? payloadBytes : 0;
    const { allocator, bufferPool } = this.#rules;
    const chosen = this.#isCompressed ? allocator : (bufferPool ?? allocator);
    return new PayloadBuffer(expectedBytes, chosen);
  }

  #findFault({
    opcode,
    payloadBytes,
    reservedBits,
  }: FrameHeader): ViolationCode | Violation | undefined {
    const isContinuation = opcode === OPCODES.continuation;
    if (isContinuation && !this.isAssembling) return 'UNEXPECTED_CONTINUATION';
    if (!isContinuation && this.isAssembling) return 'NESTED_DATA_FRAME';
    // The RSV bits of an extension mark a message, so only its first frame may set them.
    if (isContinuation && reservedBits !== 0) return reservedBitsViolation(reservedBits);
    const messageBytes = this.#declaredBytes + payloadBytes;
    const { messageBytesMax } = this.#rules;
    if (messageBytes > messageBytesMax) return tooBig('Message', messageBytes, messageBytesMax);
    if (this.#fragmentCount + 1 > this.#rules.fragmentCountMax) return 'TOO_MANY_FRAGMENTS';
    return undefined;
  }

  #begin({ opcode, payloadBytes, reservedBits }: FrameHeader): void {
    if (opcode !== OPCODES.continuation) {
      this.#opcode = opcode;
      this.#isCompressed = (reservedBits & COMPRESSED_BIT) !== 0;
    }
    this.#declaredBytes += payloadBytes;
    this.#fragmentCount += 1;
  }

  #clear(): void {
    this.#opcode = undefined;
    this.#declaredBytes = 0;
    this.#fragmentCount = 0;
    this.#text.byteCount = 0;
    this.#pieces = undefined;
  }
}
