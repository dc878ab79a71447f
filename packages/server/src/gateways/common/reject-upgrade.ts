/** Rejects an upgrade over HTTP, in the common error format. */
import { type ChatError, ERROR_CODES } from '@parley/protocol';
import type { Admission } from '@parley/websocket';
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
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify({ error: toErrorBody(error) }),
  };
}
