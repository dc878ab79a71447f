/** The opcodes of RFC 6455 section 5.2. All others are reserved; no extension here uses them. */

export const OPCODES = Object.freeze({
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
});

/** Bit 3 marks a control frame (section 5.5), also among the reserved opcodes. */
export function isControlOpcode(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

export function isKnownOpcode(opcode: number): boolean {
  return opcode <= OPCODES.binary || (opcode >= OPCODES.close && opcode <= OPCODES.pong);
}
