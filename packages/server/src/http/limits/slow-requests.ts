/**
 * Ends requests whose bodies do not arrive in time. Node has one time for all requests, and uploads
 * need longer than others.
 */
import type { FastifyInstance } from 'fastify';

export function endSlowRequests(
  app: FastifyInstance,
  {
    timeoutMs,
    exempt,
  }: { readonly timeoutMs: number; readonly exempt: ReadonlySet<string | undefined> },
): void {
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    const { headers, socket } = raw;
    const hasBody = headers['content-length'] !== undefined || 'transfer-encoding' in headers;
    if (!hasBody || raw.complete || exempt.has(routeOptions.url)) return;
    const timer = setTimeout(() => {
      // As Node reports it.
      const error = Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      app.server.emit('clientError', error, socket);
    }, timeoutMs);
    for (const event of ['end', 'close']) raw.once(event, () => clearTimeout(timer));
  });
}
