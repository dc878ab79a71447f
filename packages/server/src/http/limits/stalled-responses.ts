/** Closes sockets whose client has stopped reading its response; they would stay open forever. */
import type { FastifyInstance } from 'fastify';

/** @param limits `exempt`: routes whose short answers may take longer than the timeout. */
export function endStalledResponses(
  app: FastifyInstance,
  {
    timeoutMs,
    exempt,
  }: { readonly timeoutMs: number; readonly exempt: ReadonlySet<string | undefined> },
): void {
  app.addHook('onRequest', async ({ raw, routeOptions }, reply) => {
    if (exempt.has(routeOptions.url)) return;
    // The timeout covers inactivity in both directions. Between requests, Node has its own timeout.
    reply.raw.setTimeout(timeoutMs, () => raw.socket.destroy());
  });
}
