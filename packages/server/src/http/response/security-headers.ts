/** Security headers of every response. */
import fastifyHelmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { isLocalHost } from '../request/loopback.ts';
import type { RequestGuard } from '../request/request-guard.ts';

/** Allows only resources of this server, and forbids framing. */
const CONTENT_SECURITY_POLICY = Object.freeze({
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  // `blob:` is what the user has recorded or chosen, before it is sent.
  'media-src': ["'self'", 'blob:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
});

const YEAR_SECONDS = 31_536_000;

/** @param hasTls Whether the server itself speaks HTTPS. */
export function addSecurityHeaders(
  app: FastifyInstance,
  requestGuard: RequestGuard,
  hasTls: boolean,
): void {
  app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
    // Sent below, only if this server terminates TLS; otherwise the proxy decides.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    // Personal data and credentials must not be cached; the files of the web client override this.
    reply.header('cache-control', 'no-store');
    const { host, isSecure } = requestGuard.clientInfoOf(raw);
    // Browsers ignore both headers over plain HTTP from another machine, and log a warning for each.
    if (!isSecure && !isLocalHost(host)) return;
    // For localhost, browsers would then also refuse plain HTTP on every other port.
    if (hasTls && !isLocalHost(host)) {
      reply.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
    }
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('origin-agent-cluster', '?1');
  });
}
