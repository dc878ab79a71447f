/** Encodes an error as the fields that all dialects use. */
import type { ChatError, ErrorCode } from '@parley/protocol';

interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly details?: { readonly mutedUntil: string; readonly reason?: string };
}

/** @param fieldNames Wire name by domain name, for fields whose names differ. */
export function toErrorBody(
  { code, message, details }: ChatError,
  fieldNames: Readonly<Record<string, string>> = {},
): ErrorBody {
  const { field, retryAfterSeconds, mutedUntil, reason } = details;
  return {
    code,
    message,
    ...(field === undefined ? {} : { field: fieldNames[field] ?? field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
    ...(mutedUntil === undefined
      ? {}
      : { details: { mutedUntil, ...(reason === undefined ? {} : { reason }) } }),
  };
}
