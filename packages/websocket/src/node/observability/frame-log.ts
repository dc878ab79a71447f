/** The frames of one direction of a connection, as the debug log describes them. */
import { Buffer } from 'node:buffer';
import type { ViolationCode } from '../../protocol/errors.ts';
import { MASK_BIT } from '../../protocol/frame-header.ts';
import { isControlOpcode, OPCODES } from '../../protocol/opcodes.ts';
import type { FrameObserver, ObservedHeader } from '../../protocol/receiver.ts';
import type { FaultEntry, FrameEntry } from './debug-log-entries.ts';

export type FrameLogEntry =
  | Omit<FrameEntry, 'connectionId' | 'direction'>
  | Omit<FaultEntry, 'connectionId' | 'direction'>;

export class FrameLog implements FrameObserver {
  readonly #shownBytes: number;
  readonly #record: (entry: FrameLogEntry) => void;
  #frame: Extract<FrameLogEntry, { kind: 'frame' }> | undefined;
  /** Bytes of the payload that are shown and have not arrived. */
  #missingBytes = 0;
  #shownHex = '';
  #fragment = 0;
  #messageBytes = 0;

  constructor(shownBytes: number, record: (entry: FrameLogEntry) => void) {
    this.#shownBytes = shownBytes;
    this.#record = record;
  }

  handleHeader(header: ObservedHeader, headerBytes: Uint8Array): void {
    const { opcode, isFinal, reservedBits, payloadBytes } = header;
    const [name = String(opcode)] =
      Object.entries(OPCODES).find(([, each]) => each === opcode) ?? [];
    this.#frame = {
      kind: 'frame',
      opcode: name,
      isFinal,
      reservedBits,
      isMasked: ((headerBytes[1] ?? 0) & MASK_BIT) !== 0,
      payloadBytes,
      ...this.#countFragment(header),
      header: toHex(headerBytes),
    };
    this.#missingBytes = Math.min(payloadBytes, this.#shownBytes);
    this.#shownHex = '';
    // The rest of a frame may never arrive: it is logged as soon as the shown part has.
    if (this.#missingBytes === 0) this.#record(this.#frame);
  }

  handlePayload(payload: Uint8Array): void {
    if (this.#missingBytes === 0 || this.#frame === undefined) return;
    const shown = payload.subarray(0, this.#missingBytes);
    this.#missingBytes -= shown.length;
    this.#shownHex += toHex(shown);
    if (this.#missingBytes === 0) this.#record({ ...this.#frame, payload: this.#shownHex });
  }

  handleInvalidHeader(code: ViolationCode, bytes: Uint8Array): void {
    this.#record({ kind: 'fault', code, header: toHex(bytes) });
  }

  handleInvalidText(position: number): void {
    const header = this.#frame?.header ?? '';
    this.#record({ kind: 'fault', code: 'INVALID_UTF8', header, position });
  }

  #countFragment({ opcode, isFinal, payloadBytes }: ObservedHeader) {
    if (isControlOpcode(opcode)) return undefined;
    if (opcode !== OPCODES.continuation) {
      this.#fragment = 0;
      this.#messageBytes = 0;
    }
    this.#fragment += 1;
    this.#messageBytes += payloadBytes;
    if (isFinal && this.#fragment === 1) return undefined;
    return { fragment: this.#fragment, messageBytes: this.#messageBytes };
  }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
