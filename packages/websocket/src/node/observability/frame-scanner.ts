/**
 * Finds the frames in a stream of bytes for reporting only: the receiver makes all decisions, and
 * the bytes are not changed.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import {
  type FrameHeader,
  HEADER_BYTES_MAX,
  type HeaderRules,
  stepFrameHeader,
} from '../../protocol/frame-header.ts';
import { isControlOpcode } from '../../protocol/opcodes.ts';
import type { Role } from '../../protocol/role.ts';
import { type FragmentPosition, FragmentTracker } from './fragment-tracker.ts';
import { InvalidUtf8Locator } from './invalid-utf8-locator.ts';

const NO_BYTES = new Uint8Array(0);

export interface ScannedFrame {
  readonly header: FrameHeader;
  readonly headerBytes: Uint8Array;
  /** The first bytes of the payload, as the application would get them. */
  readonly payload: Uint8Array;
  /** Its position in a fragmented message. */
  readonly fragment: FragmentPosition | undefined;
}

export interface ScannerSink {
  handleFrame(frame: ScannedFrame): void;
  /**
   * Scanning ends here. `position` is where a text stops being UTF-8, in bytes from the start of
   * the message; it is absent for bytes that are not a valid frame.
   */
  handleError(code: ErrorCode, headerBytes: Uint8Array, position?: number): void;
}

interface Current extends ScannedFrame {
  payloadBytesSeen: number;
}

export class FrameScanner {
  readonly #rules: HeaderRules;
  readonly #payloadBytesShown: number;
  readonly #sink: ScannerSink;
  readonly #fragments = new FragmentTracker();
  readonly #invalidUtf8 = new InvalidUtf8Locator();
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
          ? this.#readHeaderByte(bytes[offset] ?? 0)
          : this.#readPayload(this.#current, bytes.subarray(offset));
    }
  }

  #readHeaderByte(byte: number): number {
    this.#headerBytes.push(byte);
    const headerBytes = Uint8Array.from(this.#headerBytes);
    const step = stepFrameHeader(headerBytes, 0, this.#rules);
    if (step.kind === 'violation' || headerBytes.length > HEADER_BYTES_MAX) {
      this.#isStopped = true;
      if (step.kind === 'violation') this.#sink.handleError(step.code, headerBytes);
    } else if (step.kind === 'header') {
      this.#headerBytes = [];
      const shown = Math.min(step.payloadBytes, this.#payloadBytesShown);
      const payload = new Uint8Array(shown);
      const fragment = isControlOpcode(step.opcode) ? undefined : this.#beginDataFrame(step);
      this.#current = { header: step, headerBytes, payload, fragment, payloadBytesSeen: 0 };
      this.#startFrame(this.#current);
    }
    return 1;
  }

  #beginDataFrame(header: FrameHeader): FragmentPosition | undefined {
    this.#invalidUtf8.begin(header);
    return this.#fragments.begin(header);
  }

  #startFrame(current: Current): void {
    this.#reportWhenSeen(current, -1);
    // Its end may be the end of a text.
    if (current.header.payloadBytes === 0) this.#followText(current, NO_BYTES, 0);
  }

  #readPayload(current: Current, bytes: Uint8Array): number {
    const { header, payload, payloadBytesSeen } = current;
    const byteCount = Math.min(bytes.length, header.payloadBytes - payloadBytesSeen);
    for (let index = payloadBytesSeen; index < payload.length; index += 1) {
      const byte = bytes[index - payloadBytesSeen];
      if (byte === undefined) break;
      payload[index] = plainByte(header, byte, index);
    }
    current.payloadBytesSeen += byteCount;
    this.#reportWhenSeen(current, payloadBytesSeen);
    this.#followText(current, bytes.subarray(0, byteCount), payloadBytesSeen);
    return byteCount;
  }

  #followText({ header, headerBytes }: Current, bytes: Uint8Array, start: number): void {
    if (isControlOpcode(header.opcode) || !this.#invalidUtf8.isPlainText) return;
    const text = bytes.map((byte, index) => plainByte(header, byte, start + index));
    const position = this.#invalidUtf8.findInvalidByte(text);
    if (position === undefined) return;
    this.#isStopped = true;
    this.#sink.handleError('INVALID_UTF8', headerBytes, position);
  }

  /** Reports the frame as soon as the part that is shown has arrived; the rest may never arrive. */
  #reportWhenSeen(current: Current, seenBefore: number): void {
    const { header, payload, payloadBytesSeen } = current;
    if (payloadBytesSeen >= payload.length && seenBefore < payload.length) {
      this.#sink.handleFrame(current);
    }
    if (payloadBytesSeen === header.payloadBytes) this.#current = undefined;
  }
}

function plainByte({ maskKey }: FrameHeader, byte: number, index: number): number {
  return byte ^ ((maskKey >>> (24 - 8 * (index % 4))) & 0xff);
}
