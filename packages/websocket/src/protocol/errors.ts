/**
 * Every error that the engine reports: one table of codes, four error classes. Branch on `code`,
 * which never changes its meaning; the class only names the part of the engine that reports it.
 */

export type ErrorCategory =
  | 'PROTOCOL_VIOLATION'
  | 'NETWORK_FAILURE'
  | 'RESOURCE_CONSTRAINT'
  | 'UNKNOWN';

export interface ErrorEntry {
  readonly category: ErrorCategory;
  /** Severity by who should act: `error` the developers, `warn` the operator, `info` no action needed. */
  readonly severity: 'info' | 'warn' | 'error';
  /** Whether the same peer may succeed if it tries again later. */
  readonly isRecoverable: boolean;
  /** The code that closes a connection after this error. */
  readonly closeCode: number;
  /** Readable text, also the reason in the close frame; never contains data from a peer. */
  readonly message: string;
}

export const ERROR_CODES = Object.freeze({
  HANDSHAKE_ERROR: rejection('info', 'the upgrade was rejected'),
  MALFORMED_HANDSHAKE: rejection('info', 'the upgrade request is malformed'),
  MALFORMED_RESPONSE: rejection('warn', 'the answer to the upgrade is malformed'),
  SERVER_FULL: overload(1013, 'the server has no free connection'),
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

  CONNECTION_ERROR: networkFailure(1011, 'the connection broke'),
  NETWORK_TIMEOUT: networkFailure(1001, 'the peer did not answer in time'),
  RESOURCE_EXHAUSTED: overload(1013, 'the peer reads too slowly'),

  INVALID_ARGUMENT: defect('a call was made with an argument that is not allowed'),
  INTERNAL_ERROR: defect('something went wrong'),
} satisfies Record<string, ErrorEntry>);

export type ErrorCode = keyof typeof ERROR_CODES;

export type ViolationCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code] extends { readonly isViolation: true }
    ? Code
    : never;
}[ErrorCode];

/** Returned by a step of the protocol core when the peer broke a rule. */
export interface Violation {
  readonly kind: 'violation';
  readonly code: ViolationCode;
  /** Bytes of the message before a text stops being UTF-8. */
  readonly position?: number;
  /** The error in numbers; contains no data from a peer. */
  readonly detail?: string;
  /** Of `RESERVED_BITS`: the bits, at their positions in the first byte. */
  readonly reservedBits?: number;
}

/** The size of a frame, or of a message as far as it is known. */
export function tooBig(what: 'Frame' | 'Message', byteCount: number, bytesMax: number): Violation {
  const size = Number.isFinite(byteCount) ? byteCount : 'above 2^53';
  const detail = `${what} size ${size} exceeds limit ${bytesMax}`;
  return { kind: 'violation', code: 'MESSAGE_TOO_BIG', detail };
}

export class WebSocketError extends Error {
  override readonly name: string = 'WebSocketError';
  readonly code: ErrorCode;

  constructor(message: string, code: ErrorCode, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A call was made with an argument that is not allowed. */
export function argumentError(message: string, options?: ErrorOptions): WebSocketError {
  return new WebSocketError(message, 'INVALID_ARGUMENT', options);
}

interface HandshakeFailure {
  readonly status: number;
  readonly code?: ErrorCode;
  readonly detail?: string;
}

/** A failed upgrade; `status` is the status code of the response. */
export class HandshakeError extends WebSocketError {
  override readonly name = 'HandshakeError';
  readonly status: number;
  /** The check that rejected the upgrade, for logs and metrics: one of a fixed list. */
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

/** The peer broke the protocol; the connection is closed with `closeCode`. */
export class FrameError extends WebSocketError {
  override readonly name = 'FrameError';
  readonly closeCode: number;
  /** Of `RESERVED_BITS`: RSV1 to RSV3 of the frame as 0x40, 0x20 and 0x10; else 0. */
  readonly reservedBits: number;

  constructor(
    code: ViolationCode = 'FRAME_ERROR',
    detail: string = ERROR_CODES[code].message,
    reservedBits = 0,
  ) {
    super(detail, code);
    this.closeCode = ERROR_CODES[code].closeCode;
    this.reservedBits = reservedBits;
  }
}

/** The transport failed, or its state does not allow the requested operation. */
export class ConnectionError extends WebSocketError {
  override readonly name = 'ConnectionError';

  constructor(message: string, code: ErrorCode = 'CONNECTION_ERROR', options?: ErrorOptions) {
    super(message, code, options);
  }
}

/** The only place that converts a thrown value into an error with a code. */
export function classifyError(thrown: unknown): ErrorEntry {
  try {
    // Plain JavaScript may throw one with a code of its own.
    if (thrown instanceof WebSocketError && Object.hasOwn(ERROR_CODES, thrown.code)) {
      return ERROR_CODES[thrown.code];
    }
  } catch {
    // Some values throw when they are looked at, such as proxies.
  }
  return ERROR_CODES.INTERNAL_ERROR;
}

function violation(closeCode: number, message: string) {
  const kind = { category: 'PROTOCOL_VIOLATION', severity: 'warn', isViolation: true } as const;
  return { ...kind, isRecoverable: false, closeCode, message };
}

function overload(closeCode: number, message: string): ErrorEntry {
  const category = 'RESOURCE_CONSTRAINT';
  return { category, severity: 'warn', isRecoverable: true, closeCode, message };
}

function networkFailure(closeCode: number, message: string): ErrorEntry {
  return { category: 'NETWORK_FAILURE', severity: 'info', isRecoverable: true, closeCode, message };
}

function rejection(severity: 'info' | 'warn', message: string): ErrorEntry {
  const category = 'PROTOCOL_VIOLATION';
  return { category, severity, isRecoverable: false, closeCode: 1002, message };
}

function defect(message: string): ErrorEntry {
  return { category: 'UNKNOWN', severity: 'error', isRecoverable: true, closeCode: 1011, message };
}
