/** Paths that are answered by somebody else: the request is handed over as it is, its body unread. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { pathOf } from '../request/token-extraction.ts';

/** Answers the request, unless it throws. */
export type PassthroughHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Before all else that looks at a request, but after the headers that every answer has. */
export function addPassthroughRoutes(
  app: FastifyInstance,
  handlers: ReadonlyMap<string, PassthroughHandler>,
): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    const handle = handlers.get(pathOf(raw.url));
    if (handle === undefined) return;
    handle(raw, reply.raw);
    reply.hijack();
  });
}
