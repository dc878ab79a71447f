/** The web client: its page at `/` and below `/app/`, its files beside it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** What the page's own addresses begin with. */
export const PAGE_PATH = '/app/';

/** Files with a hash of their content in their name never change. */
const HASHED = /[/\\]assets[/\\]/;
const YEAR_SECONDS = 31_536_000;

/** Addresses that are answered with a file of another name. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/app': 'index.html',
  [`${PAGE_PATH}*`]: 'index.html',
  // Where a browser looks on its own, also for what is not the page: an answer of the API.
  '/favicon.ico': 'icon.svg',
};

export function addPageRoutes(app: FastifyInstance, webRoot: string): void {
  if (!existsSync(join(webRoot, 'index.html'))) return; // Not built: the API serves all the same.
  app.register(fastifyStatic, {
    root: webRoot,
    wildcard: false,
    index: false,
    cacheControl: false,
    // The build puts compressed copies beside the files; they have no addresses of their own.
    preCompressed: true,
    globIgnore: ['**/*.{br,gz}'],
    setHeaders: (reply, path) => {
      const kept = HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
      reply.header('cache-control', kept);
    },
  });
  for (const [path, file] of Object.entries(PAGES)) {
    app.get(path, (_request, reply) => reply.sendFile(file));
  }
}
