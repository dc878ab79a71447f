/** Counts the traffic of one direction, over all connections of a server. */
import { OPCODES } from '../../protocol/opcodes.ts';

const OPCODE_COUNT = 16;

export const MESSAGE_TYPES = ['text', 'binary', 'ping', 'pong', 'close'] as const;

export class TrafficCounter {
  bytes = 0;
  /** By opcode. Doubles: they count beyond 2^32. */
  readonly #messages = new Float64Array(OPCODE_COUNT);

  count(opcode: number): void {
    this.#messages[opcode] = (this.#messages[opcode] ?? 0) + 1;
  }

  messages(type: (typeof MESSAGE_TYPES)[number]): number {
    return this.#messages[OPCODES[type]] ?? 0;
  }

  get dataMessages(): number {
    return this.messages('text') + this.messages('binary');
  }
}
