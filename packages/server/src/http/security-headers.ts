/** What every answer tells a browser not to do with it. */
import fastifyHelmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Doorkeeper } from './doorkeeper.ts';
import { isLocalHost } from './request-facts.ts';

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

export function addSecurityHeaders(app: FastifyInstance, doorkeeper: Doorkeeper): void {
  app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
    // For whoever ends TLS to say: a promise over plain HTTP binds nobody.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async ({ raw }, reply) => {
    const { host, isSecure } = doorkeeper.factsOf(raw);
    // Over plain HTTP from another machine browsers heed neither, and complain of each.
    if (!isSecure && !isLocalHost(host)) return;
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('origin-agent-cluster', '?1');
  });
}
