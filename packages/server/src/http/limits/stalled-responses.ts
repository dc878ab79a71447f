/** Ends sockets whose client takes nothing more of its answer: they would stay for good. */
import type { FastifyInstance } from 'fastify';

export function endStalledAnswers(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    // Of silence in both directions; between requests Node has a timeout of its own.
    reply.raw.setTimeout(timeoutMs, () => raw.socket.destroy());
  });
}
