/**
 * All errors that a client can receive, in every dialect and over HTTP.
 *
 * The key is the code on the wire; its meaning never changes. `docs/errors.md` is
 * generated from this table and `error-reference.ts`. Branch on `code`, never on the text.
 */
export interface ErrorEntry {
  /** Status of the error over HTTP. */
  readonly status: number;
  /** Whether the same request can succeed later without changes. */
  readonly retryable: boolean;
  /** Text for users; contains no input and no internals. */
  readonly message: string;
}

export const ERROR_CODES = Object.freeze({
  INVALID_JSON: {
    status: 400,
    retryable: false,
    message: 'The text is not valid JSON',
  },
  VALIDATION_ERROR: {
    status: 400,
    retryable: false,
    message: 'The request is invalid',
  },
  UNKNOWN_TYPE: {
    status: 400,
    retryable: false,
    message: 'This frame type is not supported',
  },
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    message: 'Authentication required',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    message: 'Permission denied',
  },
  NOT_IN_ROOM: {
    status: 403,
    retryable: false,
    message: 'You are not in this room',
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    message: 'Not found',
  },
  CONFLICT: {
    status: 409,
    retryable: false,
    message: 'This conflicts with existing data',
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    message: 'Rate limit exceeded',
  },
  INTERNAL_ERROR: {
    status: 500,
    retryable: false,
    message: 'Something went wrong',
  },
  UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'Temporarily unavailable; try again with the same id',
  },
} as const satisfies Record<string, ErrorEntry>);

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

export interface ErrorDetails {
  /** Path of the invalid field, as in the client's input. */
  readonly field?: string;
  /** Seconds to wait before the same request can succeed. */
  readonly retryAfterSeconds?: number;
  /** End of the time in which the user may not write in the room, in ISO 8601. */
  readonly mutedUntil?: string;
  /** End of the time in which the user cannot enter the room, in ISO 8601. */
  readonly bannedUntil?: string;
  /** End of the time in which the account is disabled, in ISO 8601. */
  readonly disabledUntil?: string;
  /** Why, as a moderator wrote it; absent if no reason was given. */
  readonly reason?: string;
  /** More specific text than that of the code; safe to show to users. */
  readonly message?: string;
  /** The act needs a proof of identity that is at most 10 minutes old: `POST /api/auth/proof`. */
  readonly proof?: 'required';
  /** A login with the right password needs a code of this kind too. */
  readonly factor?: 'totp';
  /** The server requires it of sign-ins: the session can only add it, or end; or the password does not suffice. */
  readonly required?: 'two-step' | 'provider' | 'email';
}

/** The field `details` of an error, in every dialect and over HTTP. */
export type SentErrorDetails = Omit<ErrorDetails, 'field' | 'retryAfterSeconds' | 'message'>;

/** The limit exists in V8 only: not in all browsers. */
const V8_ERROR: { stackTraceLimit?: number } = Error;

/**
 * An expected error. Branch on `code`; `cause` is for the log only and is never sent. It has a stack
 * only if it is an internal error.
 */
export class ChatError extends Error {
  override readonly name = 'ChatError';

  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    const { stackTraceLimit } = V8_ERROR;
    // Clients can cause an expected error at any rate, and its stack costs more than the rest of it.
    if (code !== 'INTERNAL_ERROR' && stackTraceLimit !== undefined) V8_ERROR.stackTraceLimit = 0;
    super(details.message ?? ERROR_CODES[code].message, options);
    if (stackTraceLimit !== undefined) V8_ERROR.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.details = details;
  }

  /** Whether the same request may succeed later. */
  get isRetryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** Converts any thrown value into an error that may be sent to a client. */
  static from(thrown: unknown): ChatError {
    if (thrown instanceof ChatError) return thrown;
    return new ChatError('INTERNAL_ERROR', {}, { cause: thrown });
  }
}
