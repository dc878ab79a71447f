/** A failure as the dialects without an envelope say it. */
import type { ChatError, ErrorCode } from '@parley/protocol';

export interface FailureBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

export function toFailureBody({ code, message, details }: ChatError): FailureBody {
  const { field, retryAfterSeconds } = details;
  return {
    code,
    message,
    ...(field === undefined ? {} : { field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
  };
}
