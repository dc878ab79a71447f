/**
 * Finds the frames in a stream of bytes, for looking at them only: it judges
 * nothing that the receiver judges, and changes none of the bytes.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import {
  type FrameHeader,
  HEADER_BYTES_MAX,
  type HeaderRules,
  stepFrameHeader,
} from '../../protocol/frame-header.ts';
import type { Role } from '../../protocol/role.ts';

export interface ScannedFrame {
  readonly header: FrameHeader;
  readonly headerBytes: Uint8Array;
  /** The first bytes of the payload, as the application would see them. */
  readonly payload: Uint8Array;
}

export interface ScannerSink {
  handleFrame(frame: ScannedFrame): void;
  /** Nothing is found behind bytes that are no frame. */
  handleFault(code: ErrorCode, headerBytes: Uint8Array): void;
}

interface Current {
  readonly header: FrameHeader;
  readonly headerBytes: Uint8Array;
  readonly payload: Uint8Array;
  payloadBytesSeen: number;
}

export class FrameScanner {
  readonly #rules: HeaderRules;
  readonly #payloadBytesShown: number;
  readonly #sink: ScannerSink;
  #headerBytes: number[] = [];
  #current: Current | undefined;
  #isStopped = false;

  constructor(sender: Role, payloadBytesShown: number, sink: ScannerSink) {
    this.#rules = {
      sender,
      payloadBytesMax: Number.MAX_SAFE_INTEGER,
      ownedReservedBits: 0x70,
    };
    this.#payloadBytesShown = payloadBytesShown;
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length && !this.#isStopped) {
      offset +=
        this.#current === undefined
          ? this.#takeHeaderByte(bytes[offset] ?? 0)
          : this.#takePayload(this.#current, bytes.subarray(offset));
    }
  }

  #takeHeaderByte(byte: number): number {
    this.#headerBytes.push(byte);
    const headerBytes = Uint8Array.from(this.#headerBytes);
    const step = stepFrameHeader(headerBytes, 0, this.#rules);
    if (step.kind === 'violation' || headerBytes.length > HEADER_BYTES_MAX) {
      this.#isStopped = true;
      if (step.kind === 'violation') this.#sink.handleFault(step.code, headerBytes);
    } else if (step.kind === 'header') {
      this.#headerBytes = [];
      const shown = Math.min(step.payloadBytes, this.#payloadBytesShown);
      const payload = new Uint8Array(shown);
      this.#current = { header: step, headerBytes, payload, payloadBytesSeen: 0 };
      this.#tellWhenSeen(this.#current, -1);
    }
    return 1;
  }

  #takePayload(current: Current, bytes: Uint8Array): number {
    const { header, payload, payloadBytesSeen } = current;
    const byteCount = Math.min(bytes.length, header.payloadBytes - payloadBytesSeen);
    for (let index = payloadBytesSeen; index < payload.length; index += 1) {
      const byte = bytes[index - payloadBytesSeen];
      if (byte === undefined) break;
      payload[index] = byte ^ ((header.maskKey >>> (24 - 8 * (index % 4))) & 0xff);
    }
    current.payloadBytesSeen += byteCount;
    this.#tellWhenSeen(current, payloadBytesSeen);
    return byteCount;
  }

  /** Told as soon as all that is shown has come; the rest may never come. */
  #tellWhenSeen(current: Current, seenBefore: number): void {
    const { header, headerBytes, payload, payloadBytesSeen } = current;
    if (payloadBytesSeen >= payload.length && seenBefore < payload.length) {
      this.#sink.handleFrame({ header, headerBytes, payload });
    }
    if (payloadBytesSeen === header.payloadBytes) this.#current = undefined;
  }
}
