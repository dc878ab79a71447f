/** Rejects an upgrade over HTTP, in the common error format. */
import { ChatError, ERROR_CODES, type ErrorCode } from '@parley/protocol';
import type { Admission, EngineRejection, FormattedRejection } from '@parley/websocket';
import { toErrorBody } from './error-body.ts';

export function toRejection(error: ChatError): Admission {
  const { status } = ERROR_CODES[error.code];
  const { retryAfterSeconds } = error.details;
  return {
    accept: false,
    status,
    headers: {
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
    ...toResponse(error),
  };
}

/** The status stays that of the engine, for example 426 for another version of WebSocket. */
export function formatRejection({ status, headers, text }: EngineRejection): FormattedRejection {
  const seconds = headers['Retry-After'];
  return toResponse(
    new ChatError(BY_STATUS[status] ?? 'VALIDATION_ERROR', {
      message: text,
      ...(seconds === undefined ? {} : { retryAfterSeconds: Number(seconds) }),
    }),
  );
}

/** The others are faults of the request. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  500: 'INTERNAL_ERROR',
  503: 'UNAVAILABLE',
};

function toResponse(error: ChatError): FormattedRejection {
  return {
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ error: toErrorBody(error) }),
  };
}
