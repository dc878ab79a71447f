/**
 * What Node and the server library would refuse in words of their own, is refused in those of every
 * other answer: after the hooks that each answer goes through, where the request could be read.
 */
import type { IncomingMessage, ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/protocol';
import { isWireId } from '@parley/protocol/validators';
import type { FastifyInstance } from 'fastify';
import { rejectRaw } from '../response/raw-error-response.ts';
import { PAGE_PATH } from '../routes/static-routes.ts';
import { pathOf } from './token-extraction.ts';

/** For the server below: a request without `Host` comes as far as the hooks. */
export const READING_OPTIONS = Object.freeze({ requireHostHeader: false } satisfies ServerOptions);
/** An address for what is none: the server library would repeat the wrong one with its query. */
const UNREADABLE = '/unreadable';

/** An address that the routes can look up. */
export function toReadableUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  if (!isReadableTarget(url)) return UNREADABLE;
  const path = pathOf(url);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    // What the page's own addresses mean is for the page to say, also where one was typed wrong.
    return path.startsWith(PAGE_PATH) ? PAGE_PATH : UNREADABLE;
  }
}

/** Whether a request target is a path, `*`, or an absolute address of HTTP (RFC 9112, section 3.2). */
export function isReadableTarget(target = '/'): boolean {
  if (target.startsWith('/') || target === '*') return true;
  return /^https?:\/\//i.test(target) && URL.canParse(target);
}

/** To be called when whoever may not ask at all has been refused. */
export function rejectUnreadable(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, params }) => {
    if (raw.url === UNREADABLE) {
      throw unreadableTarget();
    }
    for (const [field, value] of Object.entries(params as object)) {
      if (field === '*' || isWireId(value)) continue;
      throw new ChatError('VALIDATION_ERROR', { field, message: `'${field}' is not well formed` });
    }
  });
  // An expectation that we do not know may be passed over (RFC 9110, section 10.1.1).
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
}

export function unreadableTarget(): ChatError {
  return new ChatError('VALIDATION_ERROR', { message: 'The address is not well formed' });
}

/** Of a request that could not be read: nobody knows where it would have gone. */
export function rejectMalformed({ code }: { readonly code?: string }, socket: Duplex): void {
  if (socket.writable) rejectRaw(socket, new ChatError('VALIDATION_ERROR', toFault(code)));
}

function toFault(code: string | undefined): { readonly message?: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { message: 'The address and the headers are too long' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { message: 'The request did not come in time' };
    default:
      return {};
  }
}
