/** The web client: its page at `/` and below `/app/`, its files beside it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Files with a hash of their content in their name never change. */
const HASHED = /[/\\]assets[/\\]/;
const YEAR_SECONDS = 31_536_000;

export function addPageRoutes(app: FastifyInstance, webRoot: string): void {
  if (!existsSync(join(webRoot, 'index.html'))) return; // Not built: the API serves all the same.
  app.register(fastifyStatic, {
    root: webRoot,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const kept = HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
      reply.header('cache-control', kept);
    },
  });
  for (const path of ['/', '/app', '/app/*']) {
    app.get(path, (_request, reply) => reply.sendFile('index.html'));
  }
}
