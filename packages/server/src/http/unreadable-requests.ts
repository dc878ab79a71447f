/**
 * What Node and the server library would refuse in words of their own, is refused in those of every
 * other answer: after the hooks that each answer goes through, where the request could be read.
 */
import type { IncomingMessage, ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/protocol';
import { isWireId } from '@parley/protocol/validators';
import type { FastifyInstance } from 'fastify';
import { PAGE_PATH } from './page-routes.ts';
import { refuseRaw } from './raw-refusal.ts';
import { pathOf } from './token-carriers.ts';

/** For the server below: a request without `Host` comes as far as the hooks. */
export const READING_OPTIONS = Object.freeze({ requireHostHeader: false } satisfies ServerOptions);
/** An address for what is none: the server library would repeat the wrong one with its query. */
const UNREADABLE = '/unreadable';

/** An address that the routes can look up. */
export function toReadableUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const path = pathOf(url);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    // What the page's own addresses mean is for the page to say, also where one was typed wrong.
    return path.startsWith(PAGE_PATH) ? PAGE_PATH : UNREADABLE;
  }
}

/** To be called when whoever may not ask at all has been refused. */
export function refuseUnreadable(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw, params }) => {
    if (raw.url === UNREADABLE) {
      throw new ChatError('VALIDATION_ERROR', { message: 'The address is not well formed' });
    }
    // RFC 9112, section 3.2.
    if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
      throw new ChatError('VALIDATION_ERROR', { message: "The header 'Host' is missing" });
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

/** Of a request that could not be read: nobody knows where it would have gone. */
export function refuseMalformed({ code }: { readonly code?: string }, socket: Duplex): void {
  if (socket.writable) refuseRaw(socket, new ChatError('VALIDATION_ERROR', toFault(code)));
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
