/**
 * Every failure a client can be told about, in every dialect and over HTTP.
 *
 * The key is the wire code and never changes its meaning; `docs/errors.md` is
 * written from this table. Branch on `code`, never on the text.
 */
export interface ErrorEntry {
  /** HTTP status of the same failure over HTTP. */
  readonly status: number;
  /** Whether the same request can succeed later, unchanged. */
  readonly retryable: boolean;
  /** For a person; holds no input and no internals. */
  readonly message: string;
  /** Why a client meets it, for the reference. */
  readonly cause: string;
  /** What to do about it, for the reference. */
  readonly cure: string;
}

export const ERROR_CODES = Object.freeze({
  INVALID_JSON: {
    status: 400,
    retryable: false,
    message: 'The text is not valid JSON',
    cause: 'A frame or a request body could not be parsed.',
    cure: 'Send one JSON object.',
  },
  VALIDATION_ERROR: {
    status: 400,
    retryable: false,
    message: 'The request is not well formed',
    cause: 'A field is missing, has the wrong type, or breaks a limit; `field` names it.',
    cure: 'Correct the field.',
  },
  UNKNOWN_TYPE: {
    status: 400,
    retryable: false,
    message: 'This type of frame is not supported',
    cause: 'The `type` is none that this server knows.',
    cure: 'See the list of frames in the protocol reference.',
  },
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    message: 'Authentication required',
    cause: 'No token, or one that is unknown or has ended.',
    cure: 'Log in again.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    message: 'Permission denied',
    cause: 'The account may not do this, or the page comes from a foreign origin.',
    cure: 'Ask somebody who may, or add the origin to `CORS_ORIGINS`.',
  },
  NOT_IN_ROOM: {
    status: 403,
    retryable: false,
    message: 'You are not in this room',
    cause: 'The room is not open on this connection.',
    cure: 'Send `join_room` or `resume` first.',
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    message: 'Not found',
    cause: 'There is no such thing, or one may not know of it.',
    cure: 'Check the id.',
  },
  CONFLICT: {
    status: 409,
    retryable: false,
    message: 'This conflicts with something that exists',
    cause: 'A name is taken, or a `clientMessageId` was used for another command.',
    cure: 'Choose another name or a new `clientMessageId`.',
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    message: 'Rate limit exceeded',
    cause: 'Too many of these in a short time.',
    cure: 'Wait `retryAfter` seconds, then send the same again.',
  },
  INTERNAL_ERROR: {
    status: 500,
    retryable: false,
    message: 'Something went wrong',
    cause: 'A defect of the server; its log has the details.',
    cure: 'Report it to whoever runs the server.',
  },
  UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'Not available at the moment; try again with the same id',
    cause: 'A part of the server is down or overloaded. A command was perhaps stored.',
    cure: 'Retry with the same `clientMessageId`: it is stored once, whatever happened.',
  },
} as const satisfies Record<string, ErrorEntry>);

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

export interface ErrorDetails {
  /** The field at fault, as the client spelled its place. */
  readonly field?: string;
  /** Seconds to wait before the same request can succeed. */
  readonly retryAfterSeconds?: number;
  /** A text that says more than the code's own; safe to show. */
  readonly message?: string;
}

/** An expected failure. Branch on `code`; `cause` is for the log, never for the wire. */
export class ChatError extends Error {
  override readonly name = 'ChatError';

  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(details.message ?? ERROR_CODES[code].message, options);
    this.code = code;
    this.details = details;
  }

  /** The one door from anything thrown to something that a client may be told. */
  static from(thrown: unknown): ChatError {
    if (thrown instanceof ChatError) return thrown;
    return new ChatError('INTERNAL_ERROR', {}, { cause: thrown });
  }
}
