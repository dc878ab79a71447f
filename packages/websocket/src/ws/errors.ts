/** Converts errors to the form of `ws`: plain errors with its codes and some of its texts. */
import {
  ConnectionError,
  type ErrorCode,
  type FrameError,
  HandshakeError,
} from '../protocol/errors.ts';
import type { ResponseError } from '../protocol/handshake-response.ts';

const CODES: Partial<Record<ErrorCode, string>> = Object.freeze({
  RESERVED_BITS: 'WS_ERR_UNEXPECTED_RSV_1',
  INVALID_OPCODE: 'WS_ERR_INVALID_OPCODE',
  UNEXPECTED_CONTINUATION: 'WS_ERR_INVALID_OPCODE',
  NESTED_DATA_FRAME: 'WS_ERR_INVALID_OPCODE',
  UNMASKED_CLIENT_FRAME: 'WS_ERR_EXPECTED_MASK',
  MASKED_SERVER_FRAME: 'WS_ERR_UNEXPECTED_MASK',
  FRAGMENTED_CONTROL_FRAME: 'WS_ERR_EXPECTED_FIN',
  OVERSIZED_CONTROL_FRAME: 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
  INVALID_CLOSE_FRAME: 'WS_ERR_INVALID_CLOSE_CODE',
  INVALID_UTF8: 'WS_ERR_INVALID_UTF8',
  LENGTH_OVERFLOW: 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  MESSAGE_TOO_BIG: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  TOO_MANY_FRAGMENTS: 'WS_ERR_TOO_MANY_BUFFERED_PARTS',
} satisfies Partial<Record<ErrorCode, string>>);

const RESPONSE_TEXTS: Partial<Record<ResponseError, string>> = Object.freeze({
  upgrade: 'Invalid Upgrade header',
  accept: 'Invalid Sec-WebSocket-Accept header',
  protocol: 'Server sent an invalid subprotocol',
  noProtocol: 'Server sent no subprotocol',
  extension: 'Server indicated an extension that was not requested',
  malformedExtension: 'Invalid Sec-WebSocket-Extensions header',
  extensionParameters: 'Invalid Sec-WebSocket-Extensions header',
} satisfies Partial<Record<ResponseError, string>>);

interface Offered {
  readonly protocols: readonly string[];
  readonly perMessageDeflate: unknown;
}

/** Violations that `ws` reports as a plain `Error`; all others are a `RangeError`. */
const CONTENT_ERRORS: ReadonlySet<ErrorCode> = new Set(['INVALID_UTF8', 'INVALID_COMPRESSED_DATA']);

/** RSV2 and RSV3: `ws` looks at them first. */
const RESERVED_BITS_2_3 = 0x30;

export function toSocketError(cause: FrameError): Error {
  const isRsv23 = (cause.reservedBits & RESERVED_BITS_2_3) !== 0;
  const code = isRsv23 ? 'WS_ERR_UNEXPECTED_RSV_2_3' : (CODES[cause.code] ?? cause.code);
  const Kind = CONTENT_ERRORS.has(cause.code) ? Error : RangeError;
  return Object.assign(new Kind(`Invalid WebSocket frame: ${cause.message}`, { cause }), { code });
}

export function toConnectError(failure: unknown, offered: Offered): Error {
  if (failure instanceof HandshakeError) {
    return new Error(responseText(failure, offered) ?? failure.message, { cause: failure });
  }
  if (failure instanceof ConnectionError && failure.code === 'NETWORK_TIMEOUT') {
    return new Error('Opening handshake has timed out', { cause: failure });
  }
  // The system's own error with its `code`, which programs check.
  if (failure instanceof ConnectionError && failure.cause instanceof Error) return failure.cause;
  return failure instanceof Error ? failure : new Error(String(failure));
}

function responseText({ reason, status }: HandshakeError, offered: Offered): string | undefined {
  // The errors of a client's call have one of these reasons.
  const error = reason as ResponseError;
  if (error === 'status') return `Unexpected server response: ${status}`;
  if (error === 'protocol' && offered.protocols.length === 0) {
    return 'Server sent a subprotocol but none was requested';
  }
  if (!offered.perMessageDeflate && (error === 'extension' || error === 'malformedExtension')) {
    return 'Server sent a Sec-WebSocket-Extensions header but no extension was requested';
  }
  return RESPONSE_TEXTS[error];
}
