/** Passes requests for given paths to another handler, unchanged and with their bodies unread. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { pathOf } from '../request/token-extraction.ts';

/** Answers the request, unless it throws. */
export type DelegatedHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Runs before all other request processing, but after the headers of every response are set. */
export function addDelegatedRoutes(
  app: FastifyInstance,
  handlers: ReadonlyMap<string, DelegatedHandler>,
): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    const handle = handlers.get(pathOf(raw.url));
    if (handle === undefined) return;
    handle(raw, reply.raw);
    reply.hijack();
  });
}
