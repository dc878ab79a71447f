/** A failure as the dialects without an envelope say it. */
import type { ChatError, ErrorCode } from '@parley/protocol';

export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** @param fieldNames What the dialect calls a field, by what the domain calls it. */
export function toErrorBody(
  { code, message, details }: ChatError,
  fieldNames: Readonly<Record<string, string>> = {},
): ErrorBody {
  const { field, retryAfterSeconds } = details;
  return {
    code,
    message,
    ...(field === undefined ? {} : { field: fieldNames[field] ?? field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
  };
}
