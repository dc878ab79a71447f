/** Converts an error to an HTTP response. */
import { type ChatError, ERROR_CODES, type SentErrorDetails } from '@parley/protocol';
import { sentDetailsOf } from '../../domain/errors.ts';

interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly field?: string;
      readonly retryAfter?: number;
      readonly details?: SentErrorDetails;
    };
  };
}

export function toErrorResponse({ code, message, details }: ChatError): ErrorResponse {
  const { field, retryAfterSeconds } = details;
  const sent = sentDetailsOf(details);
  return {
    status: ERROR_CODES[code].status,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: {
      error: {
        code,
        message,
        ...(field === undefined ? {} : { field }),
        ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
        ...(sent === undefined ? {} : { details: sent }),
      },
    },
  };
}
