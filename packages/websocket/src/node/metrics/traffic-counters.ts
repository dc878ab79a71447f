/**
 * Counts the traffic of all connections of a server: one addition for each message, and one for
 * each read and write.
 */
import { OPCODES } from '../../protocol/opcodes.ts';

const OPCODE_COUNT = 16;

export const MESSAGE_TYPES = ['text', 'binary', 'ping', 'pong', 'close'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export class TrafficCounters {
  /** By opcode. Doubles: they count beyond 2^32. */
  readonly #received = new Float64Array(OPCODE_COUNT);
  readonly #sent = new Float64Array(OPCODE_COUNT);
  #bytesReceived = 0;
  #bytesSent = 0;

  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Text and binary messages, both directions together. */
  get dataMessages(): number {
    return [this.#received, this.#sent].reduce(
      (sum, counts) => sum + (counts[OPCODES.text] ?? 0) + (counts[OPCODES.binary] ?? 0),
      0,
    );
  }

  countReceived(opcode: number): void {
    this.#received[opcode] = (this.#received[opcode] ?? 0) + 1;
  }

  countSent(opcode: number): void {
    this.#sent[opcode] = (this.#sent[opcode] ?? 0) + 1;
  }

  addBytesReceived(byteCount: number): void {
    this.#bytesReceived += byteCount;
  }

  addBytesSent(byteCount: number): void {
    this.#bytesSent += byteCount;
  }

  received(type: MessageType): number {
    return this.#received[OPCODES[type]] ?? 0;
  }

  sent(type: MessageType): number {
    return this.#sent[OPCODES[type]] ?? 0;
  }
}
