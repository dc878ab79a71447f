/** Passes requests for given paths to another handler, unchanged and with their bodies unread. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestPath } from '@parley/websocket';
import type { FastifyInstance } from 'fastify';

/** Answers the request, unless it throws. */
export type PassthroughHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Runs before all other request processing, but after the headers of every response are set. */
export function addPassthroughRoutes(
  app: FastifyInstance,
  handlers: ReadonlyMap<string, PassthroughHandler>,
): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    const handle = handlers.get(requestPath(raw.url));
    if (handle === undefined) return;
    handle(raw, reply.raw);
    reply.hijack();
  });
}
