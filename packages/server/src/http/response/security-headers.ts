/** What every answer tells a browser not to do with it. */
import fastifyHelmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { isLocalHost } from '../request/client-info.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';

/** Nothing but what this server itself sends, and never from within another page. */
const CONTENT_SECURITY_POLICY = Object.freeze({
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
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
  requestAuthenticator: RequestAuthenticator,
  hasTls: boolean,
): void {
  app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
    // Sent below, with TLS of our own only: otherwise it is up to the proxy.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    // What is personal or a credential is kept by no cache; the page's files say otherwise.
    reply.header('cache-control', 'no-store');
    const { host, isSecure } = requestAuthenticator.factsOf(raw);
    // Over plain HTTP from another machine browsers heed neither, and complain of each.
    if (!isSecure && !isLocalHost(host)) return;
    // A browser would refuse plain HTTP on every port of this machine, too.
    if (hasTls && !isLocalHost(host)) {
      reply.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
    }
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('origin-agent-cluster', '?1');
  });
}
