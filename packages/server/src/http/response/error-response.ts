/** Converts an error to an HTTP response. */
import { type ChatError, ERROR_CODES } from '@parley/protocol';

interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly field?: string;
      readonly retryAfter?: number;
      readonly details?:
        | { readonly mutedUntil: string; readonly reason?: string }
        | { readonly factor: string };
    };
  };
}

export function toErrorResponse({ code, message, details }: ChatError): ErrorResponse {
  const { field, retryAfterSeconds, mutedUntil, reason, factor } = details;
  return {
    status: ERROR_CODES[code].status,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: {
      error: {
        code,
        message,
        ...(field === undefined ? {} : { field }),
        ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
        ...(mutedUntil === undefined
          ? {}
          : { details: { mutedUntil, ...(reason === undefined ? {} : { reason }) } }),
        ...(factor === undefined ? {} : { details: { factor } }),
      },
    },
  };
}
