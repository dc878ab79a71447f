/** The frames of one direction of a connection, as the debug log describes them. */
import { Buffer } from 'node:buffer';
import { COMPRESSED_BIT } from '../../protocol/deflate-parameters.ts';
import type { ViolationCode } from '../../protocol/errors.ts';
import { type FrameHeader, MASK_BIT, stepFrameHeader } from '../../protocol/frame-header.ts';
import { maskRange } from '../../protocol/mask.ts';
import { isControlOpcode, OPCODES } from '../../protocol/opcodes.ts';
import type { FrameObserver } from '../../protocol/receiver.ts';
import type { Role } from '../../protocol/role.ts';
import { Utf8Validator } from '../../protocol/utf8-validator.ts';
import type { FaultEntry, FrameEntry } from './debug-log-entries.ts';

const OPCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]),
);

export type FrameLogEntry =
  | Omit<FrameEntry, 'connectionId' | 'direction'>
  | Omit<FaultEntry, 'connectionId' | 'direction'>;

interface CurrentFrame {
  readonly header: FrameHeader;
  readonly headerHex: string;
  /** The part of the payload that is shown, as far as it has arrived. */
  readonly shown: Uint8Array;
  seenBytes: number;
}

export class FrameLog implements FrameObserver {
  readonly #shownBytes: number;
  readonly #record: (entry: FrameLogEntry) => void;
  #current: CurrentFrame | undefined;
  #fragment = 0;
  #messageBytes = 0;
  #text: Utf8Validator | undefined;
  #isStopped = false;

  constructor(shownBytes: number, record: (entry: FrameLogEntry) => void) {
    this.#shownBytes = shownBytes;
    this.#record = record;
  }

  handleHeader(header: FrameHeader, headerBytes: Uint8Array): void {
    const shown = new Uint8Array(Math.min(header.payloadBytes, this.#shownBytes));
    this.#current = { header, headerHex: toHex(headerBytes), shown, seenBytes: 0 };
    if (!isControlOpcode(header.opcode)) this.#beginDataFrame(header);
    // The rest of a frame may never arrive: it is logged as soon as the shown part has.
    if (shown.length === 0) this.#recordFrame(this.#current);
  }

  handlePayload(payload: Uint8Array): void {
    const current = this.#current;
    if (current === undefined || this.#isStopped) return;
    const { header, headerHex, shown, seenBytes } = current;
    if (seenBytes < shown.length) {
      shown.set(payload.subarray(0, shown.length - seenBytes), seenBytes);
      if (seenBytes + payload.length >= shown.length) this.#recordFrame(current);
    }
    current.seenBytes += payload.length;
    if (isControlOpcode(header.opcode)) return;
    const position = this.#findInvalidByte(payload, header);
    if (position === undefined) return;
    this.#isStopped = true;
    this.#record({ kind: 'fault', code: 'INVALID_UTF8', header: headerHex, position });
  }

  handleInvalidHeader(code: ViolationCode, bytes: Uint8Array): void {
    this.#record({ kind: 'fault', code, header: toHex(bytes) });
  }

  recordSent(frame: Uint8Array, sender: Role): void {
    // Sent frames are valid, whatever was agreed.
    const limits = { payloadBytesMax: Number.MAX_SAFE_INTEGER, ownedReservedBits: 0x70 };
    const header = stepFrameHeader(frame, 0, { sender, ...limits });
    if (header.kind !== 'header') return;
    // A copy: `slice` of a `Buffer` is none.
    const payload = Uint8Array.from(frame.subarray(header.byteCount));
    maskRange(payload, header.maskKey, 0, payload.length);
    this.handleHeader(header, frame.subarray(0, header.byteCount));
    this.handlePayload(payload);
  }

  #beginDataFrame(header: FrameHeader): void {
    const { opcode, reservedBits, payloadBytes } = header;
    if (opcode !== OPCODES.continuation) {
      const isPlainText = opcode === OPCODES.text && (reservedBits & COMPRESSED_BIT) === 0;
      this.#fragment = 0;
      this.#messageBytes = 0;
      this.#text = isPlainText ? new Utf8Validator() : undefined;
    }
    this.#fragment += 1;
    this.#messageBytes += payloadBytes;
  }

  /** The position in the text of the first invalid byte, or of its end within a character. */
  #findInvalidByte(payload: Uint8Array, { isFinal }: FrameHeader): number | undefined {
    const text = this.#text;
    if (text === undefined) return undefined;
    if (!text.push(payload)) return text.byteCount;
    const isAtEnd = isFinal && text.byteCount === this.#messageBytes;
    return isAtEnd && !text.isComplete ? text.byteCount : undefined;
  }

  #recordFrame({ header, headerHex, shown }: CurrentFrame): void {
    const { opcode, isFinal, reservedBits, payloadBytes } = header;
    const isFragment = !isControlOpcode(opcode) && !(isFinal && this.#fragment === 1);
    this.#record({
      kind: 'frame',
      opcode: OPCODE_NAMES.get(opcode) ?? String(opcode),
      isFinal,
      reservedBits,
      isMasked: (Number.parseInt(headerHex.slice(2, 4), 16) & MASK_BIT) !== 0,
      payloadBytes,
      ...(isFragment && { fragment: this.#fragment, messageBytes: this.#messageBytes }),
      header: headerHex,
      ...(shown.length > 0 && { payload: toHex(shown) }),
    });
  }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
