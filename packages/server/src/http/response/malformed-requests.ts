/**
 * Rejects malformed requests in the common error format, instead of the formats of Node and Fastify.
 * If the request could be parsed, the hooks for all responses run first.
 */
import type { IncomingMessage, ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/protocol';
import { requestPath } from '@parley/websocket/http';
import type { FastifyInstance } from 'fastify';
import { validators } from '../lazy-validators.ts';
import { PAGE_PATH } from '../page-path.ts';
import { rejectRaw } from './raw-error-response.ts';

/** Options for Node's server: requests without `Host` reach the hooks, which reject them. */
export const READING_OPTIONS = Object.freeze({ requireHostHeader: false } satisfies ServerOptions);
/** Replaces an invalid URL: Fastify would echo the invalid URL with its query. */
const UNREADABLE = '/unreadable';

/** Returns a URL that the router can look up. */
export function toReadableUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  if (!isReadableTarget(url)) return UNREADABLE;
  const path = requestPath(url);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    // The web client interprets its own paths, mistyped ones included.
    return path.startsWith(PAGE_PATH) ? PAGE_PATH : UNREADABLE;
  }
}

/** Whether a request target is a path, `*`, or an absolute HTTP URL (RFC 9112, section 3.2). */
export function isReadableTarget(target = '/'): boolean {
  if (target.startsWith('/') || target === '*') return true;
  return /^https?:\/\//i.test(target) && URL.canParse(target);
}

/** Must be registered after the hooks that check host and origin. */
export function rejectUnreadable(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, params }) => {
    if (raw.url === UNREADABLE) {
      throw unreadableTarget();
    }
    for (const [field, value] of Object.entries(params as object)) {
      if (field === '*' || validators().isWireId(value)) continue;
      throw new ChatError('VALIDATION_ERROR', { field, message: `'${field}' is invalid` });
    }
  });
  // Unknown expectations may be ignored (RFC 9110, section 10.1.1).
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
}

export function unreadableTarget(): ChatError {
  return new ChatError('VALIDATION_ERROR', { message: 'The URL is invalid' });
}

/** Answers a request that could not be parsed, whose route is therefore unknown. */
export function rejectMalformed({ code }: { readonly code?: string }, socket: Duplex): void {
  if (socket.writable) rejectRaw(socket, new ChatError('VALIDATION_ERROR', detailsOf(code)));
}

function detailsOf(code: string | undefined): { readonly message?: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { message: 'The URL and the headers are too long' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { message: 'The request did not arrive in time' };
    default:
      return {};
  }
}
