/** The rule behind each violation, and where the RFCs state it. */
import type { ViolationCode } from '../protocol/errors.ts';

export const BROKEN_RULES: Readonly<Record<ViolationCode, string>> = Object.freeze({
  FRAME_ERROR: 'A frame has the format of RFC 6455, section 5.2.',
  RESERVED_BITS:
    'RSV1 to RSV3 are 0 unless an agreed extension defines them (RFC 6455, section 5.2). permessage-deflate defines RSV1, in the first frame of a message (RFC 7692, section 6).',
  INVALID_OPCODE: 'Opcodes 3 to 7 and 11 to 15 are reserved (RFC 6455, section 5.2).',
  UNMASKED_CLIENT_FRAME: 'A client masks all frames (RFC 6455, section 5.1).',
  MASKED_SERVER_FRAME: 'A server masks no frame (RFC 6455, section 5.1).',
  FRAGMENTED_CONTROL_FRAME: 'Control frames are not fragmented (RFC 6455, section 5.5).',
  OVERSIZED_CONTROL_FRAME:
    'The payload of a control frame has at most 125 bytes (RFC 6455, section 5.5).',
  NON_MINIMAL_LENGTH:
    'A length has the shortest of its three forms: below 126 in 7 bits, below 65,536 in 16 bits (RFC 6455, section 5.2).',
  LENGTH_OVERFLOW: 'The highest bit of a 64-bit length is 0 (RFC 6455, section 5.2).',
  UNEXPECTED_CONTINUATION:
    'A continuation frame follows a frame of its message without FIN (RFC 6455, section 5.4).',
  NESTED_DATA_FRAME:
    'The fragments of a message are complete before the next message begins (RFC 6455, section 5.4).',
  INVALID_CLOSE_FRAME:
    'A close frame is empty, or begins with a code of two bytes (RFC 6455, section 5.5.1) that may be sent (section 7.4).',
  INVALID_UTF8:
    'Texts and the reasons of close frames are UTF-8 (RFC 6455, sections 5.5.1, 5.6 and 8.1).',
  INVALID_COMPRESSED_DATA:
    'A compressed message is complete deflate data without its last four bytes (RFC 7692, section 7.2).',
  MESSAGE_TOO_BIG: 'An endpoint may limit sizes (RFC 6455, section 10.4); see --max-message.',
  TOO_MANY_FRAGMENTS: 'An endpoint may limit the fragments of a message (RFC 6455, section 10.4).',
  MESSAGE_TIMEOUT: 'An endpoint may limit the time for a message (RFC 6455, section 10.4).',
});
