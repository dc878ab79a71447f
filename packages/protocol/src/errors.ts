/**
 * All errors that a client can receive, in every dialect and over HTTP.
 *
 * The key is the code on the wire; its meaning never changes. `docs/errors.md` is
 * generated from this table. Branch on `code`, never on the text.
 */
export interface ErrorEntry {
  /** Status of the error over HTTP. */
  readonly status: number;
  /** Whether the same request can succeed later without changes. */
  readonly retryable: boolean;
  /** Text for users; contains no input and no internals. */
  readonly message: string;
  /** Cause of the error, for the reference. */
  readonly cause: string;
  /** Remedy, for the reference. */
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
    message: 'The request is invalid',
    cause: 'A field is missing, has the wrong type or exceeds a limit; `field` names it.',
    cure: 'Correct the field, then send the request again.',
  },
  UNKNOWN_TYPE: {
    status: 400,
    retryable: false,
    message: 'This frame type is not supported',
    cause: 'The server does not know this `type`.',
    cure: 'See the list of frames in the protocol reference.',
  },
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    message: 'Authentication required',
    cause: 'The request has no session or token, or it is unknown or has expired.',
    cure: 'Log in again.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    message: 'Permission denied',
    cause: 'The account does not have the permission, or the page has another origin.',
    cure: 'Ask a user who has the permission, or add the origin to `CORS_ORIGINS`.',
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
    cause: 'The object does not exist, or the account may not see it.',
    cure: 'Check the id.',
  },
  CONFLICT: {
    status: 409,
    retryable: false,
    message: 'This conflicts with existing data',
    cause: 'The name is taken, or the `clientMessageId` was used for another command.',
    cure: 'Choose another name or a new `clientMessageId`.',
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    message: 'Rate limit exceeded',
    cause: 'Too many requests of this kind in a short time.',
    cure: 'Wait `retryAfter` seconds, then send the same request again.',
  },
  INTERNAL_ERROR: {
    status: 500,
    retryable: false,
    message: 'Something went wrong',
    cause: 'A bug in the server; its log has the details.',
    cure: 'Report it to the operator of the server.',
  },
  UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'Temporarily unavailable; try again with the same id',
    cause: 'A part of the server is down or overloaded. The command may have been stored.',
    cure: 'Retry with the same `clientMessageId`: the server stores the command only once.',
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
  /** More specific text than that of the code; safe to show to users. */
  readonly message?: string;
}

/** An expected error. Branch on `code`; `cause` is for the log only and is never sent. */
export class ChatError extends Error {
  override readonly name = 'ChatError';

  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(details.message ?? ERROR_CODES[code].message, options);
    this.code = code;
    this.details = details;
  }

  /** Converts any thrown value into an error that may be sent to a client. */
  static from(thrown: unknown): ChatError {
    if (thrown instanceof ChatError) return thrown;
    return new ChatError('INTERNAL_ERROR', {}, { cause: thrown });
  }
}
