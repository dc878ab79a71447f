/** Encodes an error as the fields that all dialects use. */
import type { ChatError, ErrorCode, SentErrorDetails } from '@parley/protocol';
import { sentDetailsOf } from '../../domain/errors.ts';

interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly details?: SentErrorDetails;
}

/** @param fieldNames Wire name by domain name, for fields whose names differ. */
export function toErrorBody(
  { code, message, details }: ChatError,
  fieldNames: Readonly<Record<string, string>> = {},
): ErrorBody {
  const { field, retryAfterSeconds } = details;
  const sent = sentDetailsOf(details);
  return {
    code,
    message,
    ...(field === undefined ? {} : { field: fieldNames[field] ?? field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
    ...(sent === undefined ? {} : { details: sent }),
  };
}
