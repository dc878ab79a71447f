/**
 * Every fault that the engine tells of: one table of codes, four error classes.
 *
 * Branch on `code`, which never changes its meaning; the class only says which
 * part spoke. Requirements WS-178 to WS-180.
 */

export type ErrorCategory =
  | 'PROTOCOL_VIOLATION'
  | 'NETWORK_FAILURE'
  | 'RESOURCE_CONSTRAINT'
  | 'UNKNOWN';

export interface ErrorEntry {
  readonly category: ErrorCategory;
  /** Who should look: `error` us, `warn` the operator, `info` nobody in particular. */
  readonly severity: 'info' | 'warn' | 'error';
  /** Whether the same peer may succeed when it simply tries again later. */
  readonly isRecoverable: boolean;
  /** The code that ends a connection over this fault. */
  readonly closeCode: number;
  /** Text for a person, also the reason of the close frame; holds nothing that a peer sent. */
  readonly message: string;
}

export const ERROR_CODES = Object.freeze({
  HANDSHAKE_ERROR: refusal('info', 'the upgrade was refused'),
  MALFORMED_HANDSHAKE: refusal('info', 'the upgrade request is malformed'),
  MALFORMED_RESPONSE: refusal('warn', 'the answer to the upgrade is malformed'),
  SERVER_FULL: {
    category: 'RESOURCE_CONSTRAINT',
    severity: 'warn',
    isRecoverable: true,
    closeCode: 1013,
    message: 'the server has no free connection',
  },
  INSUFFICIENT_RESOURCES: overload(1013, 'the server is overloaded'),
  IP_LIMIT_EXCEEDED: overload(1008, 'the address has too many connections'),
  RATE_LIMITED: overload(1008, 'too much came in too short a time'),

  FRAME_ERROR: violation(1002, 'the frame is malformed'),
  RESERVED_BITS: violation(1002, 'a reserved bit is set that no agreed extension owns'),
  INVALID_OPCODE: violation(1002, 'the opcode is reserved'),
  UNMASKED_CLIENT_FRAME: violation(1002, 'a client frame is not masked'),
  MASKED_SERVER_FRAME: violation(1002, 'a server frame is masked'),
  FRAGMENTED_CONTROL_FRAME: violation(1002, 'a control frame is fragmented'),
  OVERSIZED_CONTROL_FRAME: violation(1002, 'a control frame is longer than 125 bytes'),
  NON_MINIMAL_LENGTH: violation(1002, 'a length is not in its shortest form'),
  LENGTH_OVERFLOW: violation(1002, 'the top bit of a 64-bit length is set'),
  UNEXPECTED_CONTINUATION: violation(1002, 'a continuation frame has no message to continue'),
  NESTED_DATA_FRAME: violation(1002, 'a message began before the last one ended'),
  INVALID_CLOSE_FRAME: violation(1002, 'the payload of a close frame is malformed'),
  INVALID_UTF8: violation(1007, 'text is not valid UTF-8'),
  INVALID_COMPRESSED_DATA: violation(1007, 'compressed data is corrupt'),
  MESSAGE_TOO_BIG: violation(1009, 'the message is too big'),
  TOO_MANY_FRAGMENTS: violation(1008, 'the message has too many fragments'),
  MESSAGE_TIMEOUT: violation(1008, 'a message was begun and not finished in time'),

  CONNECTION_ERROR: {
    category: 'NETWORK_FAILURE',
    severity: 'info',
    isRecoverable: true,
    closeCode: 1011,
    message: 'the connection broke',
  },
  NETWORK_TIMEOUT: {
    category: 'NETWORK_FAILURE',
    severity: 'info',
    isRecoverable: true,
    closeCode: 1001,
    message: 'the peer did not answer in time',
  },
  RESOURCE_EXHAUSTED: {
    category: 'RESOURCE_CONSTRAINT',
    severity: 'warn',
    isRecoverable: true,
    closeCode: 1013,
    message: 'the peer reads too slowly',
  },

  INVALID_ARGUMENT: defect('a call was made with an argument that is not allowed'),
  INTERNAL_ERROR: defect('something went wrong'),
} satisfies Record<string, ErrorEntry>);

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes of faults that a peer commits with the frames that it sends. */
export type ViolationCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code] extends { readonly isViolation: true }
    ? Code
    : never;
}[ErrorCode];

/** What a step of the protocol core answers when the peer broke a rule. */
export interface Violation {
  readonly kind: 'violation';
  readonly code: ViolationCode;
}

export class WebSocketError extends Error {
  override readonly name: string = 'WebSocketError';
  readonly code: ErrorCode;

  constructor(message: string, code: ErrorCode, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface HandshakeFailure {
  readonly status: number;
  readonly code?: ErrorCode;
  /** Text for a person, where the reason alone does not say enough. */
  readonly detail?: string;
}

/** An upgrade that failed; `status` is what the client was answered. */
export class HandshakeError extends WebSocketError {
  override readonly name = 'HandshakeError';
  readonly status: number;
  /** Which check refused, for logs and metrics: one of a fixed list. */
  readonly reason: string;

  constructor(
    reason: string,
    { status, code = 'HANDSHAKE_ERROR', detail = reason }: HandshakeFailure,
  ) {
    super(`${ERROR_CODES[code].message}: ${detail}`, code);
    this.status = status;
    this.reason = reason;
  }
}

/** The peer broke the protocol; the connection ends with `closeCode`. */
export class FrameError extends WebSocketError {
  override readonly name = 'FrameError';
  readonly closeCode: number;

  constructor(code: ViolationCode = 'FRAME_ERROR') {
    super(ERROR_CODES[code].message, code);
    this.closeCode = ERROR_CODES[code].closeCode;
  }
}

/** The transport failed, or was asked for what its state does not allow. */
export class ConnectionError extends WebSocketError {
  override readonly name = 'ConnectionError';

  constructor(message: string, code: ErrorCode = 'CONNECTION_ERROR', options?: ErrorOptions) {
    super(message, code, options);
  }
}

/** The one place where anything thrown becomes something that can be acted upon. */
export function classifyError(thrown: unknown): ErrorEntry {
  if (thrown instanceof WebSocketError) return ERROR_CODES[thrown.code];
  return { ...ERROR_CODES.INTERNAL_ERROR, category: 'UNKNOWN' };
}

function violation<const Code extends number>(closeCode: Code, message: string) {
  return {
    category: 'PROTOCOL_VIOLATION',
    severity: 'warn',
    isRecoverable: false,
    isViolation: true,
    closeCode,
    message,
  } as const;
}

function overload<const Code extends number>(closeCode: Code, message: string) {
  return {
    category: 'RESOURCE_CONSTRAINT',
    severity: 'warn',
    isRecoverable: true,
    closeCode,
    message,
  } as const;
}

function refusal(severity: 'info' | 'warn', message: string) {
  return {
    category: 'PROTOCOL_VIOLATION',
    severity,
    isRecoverable: false,
    closeCode: 1002,
    message,
  } as const;
}

function defect(message: string) {
  return {
    category: 'UNKNOWN',
    severity: 'error',
    isRecoverable: true,
    closeCode: 1011,
    message,
  } as const;
}
