/** Closes sockets whose client has stopped reading its response; they would stay open forever. */
import type { FastifyInstance } from 'fastify';

export function endStalledResponses(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    // The timeout covers inactivity in both directions. Between requests, Node has its own timeout.
    reply.raw.setTimeout(timeoutMs, () => raw.socket.destroy());
  });
}
