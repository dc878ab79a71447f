/** Passes requests for given paths to another handler, unchanged and with their bodies unread. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestPath } from '@parley/websocket/http';
import type { FastifyInstance } from 'fastify';
import { TickLimiter } from '../limits/tick-limiter.ts';

/** Answers the request, unless it throws. */
export type RawHandler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

/** A body may hold hundreds of commands, which run when it has arrived. */
const BODIES_PER_TURN = 1;

/** Runs before all other request processing, but after the headers of every response are set. */
export function addRawHandlerRoutes(
  app: FastifyInstance,
  handlers: ReadonlyMap<string, RawHandler>,
): void {
  const bodies = new TickLimiter(BODIES_PER_TURN);
  app.addHook('onRequest', async ({ raw }, reply) => {
    const handle = handlers.get(requestPath(raw.url));
    if (handle === undefined) return;
    if (raw.method === 'POST') endInTurn(raw, bodies);
    await handle(raw, reply.raw);
    reply.hijack();
  });
}

/**
 * Delivers the ends of bodies that arrive at the same time one per turn, so that other clients are
 * served in between. A `close` waits for the end before it: alone it means that the client left.
 */
function endInTurn(request: IncomingMessage, bodies: TickLimiter): void {
  const emit: (event: string, ...values: unknown[]) => boolean = request.emit.bind(request);
  let isEnding = false;
  let isClosed = false;
  request.emit = (event: string, ...values: unknown[]) => {
    if (event === 'close' && isEnding) isClosed = true;
    else if (event !== 'end') return emit(event, ...values);
    else {
      isEnding = true;
      bodies.run(() => {
        isEnding = false;
        emit('end');
        if (isClosed) emit('close');
      });
    }
    return true;
  };
}
