/** Serves the web client: its page at `/` and below `/app/`, and its files. */
import { existsSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { ChatError } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { Logger } from '../../ports/logger.ts';
import { PAGE_PATH } from '../page-path.ts';
import { toServerProfileBody } from '../response/server-profile-body.ts';
import {
  HASHED_FOLDER,
  HTML,
  type PageFile,
  type PageVariant,
  readPageFiles,
} from './page-files.ts';

/** The page of a browser without a session needs these beside its first script. */
const SESSION_LINK = '</api/auth/session>; rel=preload; as=fetch; crossorigin';
const SIGN_IN_FILE = /^assets\/(?:sign-in|server-mark|text-field)[^/]*\.(?<extension>js|css)$/;

const MANIFEST = 'manifest.webmanifest';
/** Side of the logo in pixels: what the upload of pictures keeps. */
const LOGO_SIDE = 256;

/** Pages ignore the policy of a script. A worker, which reads what strangers have sent, has it as its own. */
const HASHED_POLICY = "default-src 'none'";
const YEAR_SECONDS = 31_536_000;

/** Paths that are answered with a file of another name. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/app': 'index.html',
  [`${PAGE_PATH}*`]: 'index.html',
  // Browsers request this automatically, also when they show a response of the API.
  '/favicon.ico': 'icon.svg',
};

export function addStaticRoutes(
  app: FastifyInstance,
  {
    webRoot,
    logger,
    chat: { serverProfiles },
  }: {
    readonly webRoot: string;
    readonly logger: Logger;
    readonly chat: Pick<Chat, 'serverProfiles'>;
  },
): void {
  if (!existsSync(join(webRoot, 'index.html'))) {
    // The API works without the page.
    logger.record({ event: 'page.missing', folder: webRoot, remedy: 'npm run build' });
    return;
  }
  const files = readPageFiles(webRoot);
  const own = [...files.keys()]
    .filter((name) => !name.startsWith(HASHED_FOLDER))
    .map((name) => [`/${name}`, name] as const);
  const link = [SESSION_LINK, ...[...files.keys()].flatMap(toSignInLink)].join(', ');
  for (const [path, name] of [...own, ...Object.entries(PAGES)]) {
    const file = files.get(name);
    if (file === undefined || name === MANIFEST) continue;
    app.get(path, (request, reply) => {
      // The page will ask who is logged in, and offer a login: all of it comes with the scripts.
      if (file.type === HTML && request.headers.cookie === undefined) reply.header('link', link);
      return sendFile(request, reply, file);
    });
  }
  // Several hundred files: a route for each takes longer than the rest of the server's routes.
  app.get<{ Params: { '*': string } }>(`/${HASHED_FOLDER}*`, (request, reply) => {
    const file = files.get(HASHED_FOLDER + request.params['*']);
    if (file === undefined) throw new ChatError('NOT_FOUND');
    return sendFile(request, reply, file);
  });
  const manifest = files.get(MANIFEST);
  if (manifest === undefined) return;
  app.get(`/${MANIFEST}`, async (request, reply) => {
    const { name, logoUrl } = toServerProfileBody(await serverProfiles.read());
    if (name === null && logoUrl === null) return sendFile(request, reply, manifest);
    const written = JSON.parse(String(manifest.variants.at(-1)?.body)) as object;
    const icon = { src: logoUrl, sizes: `${LOGO_SIDE}x${LOGO_SIDE}`, type: 'image/webp' };
    return reply
      .header('cache-control', 'no-cache')
      .type(manifest.type)
      .send(
        JSON.stringify({
          ...written,
          ...(name !== null && { name, short_name: name }),
          ...(logoUrl !== null && { icons: [icon] }),
        }),
      );
  });
}

function toSignInLink(name: string): string[] {
  const extension = SIGN_IN_FILE.exec(name)?.groups?.['extension'];
  if (extension === undefined) return [];
  return [
    extension === 'js'
      ? `</${name}>; rel=modulepreload`
      : `</${name}>; rel=preload; as=style; crossorigin`,
  ];
}

function sendFile({ headers }: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  const { type, isHashed, variants } = file;
  const { encoding, body, tag } = chooseVariant(variants, headers);
  const kept = isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
  reply.header('cache-control', kept).header('etag', tag);
  if (isHashed) reply.header('content-security-policy', HASHED_POLICY);
  if (variants.length > 1) reply.header('vary', 'Origin, accept-encoding');
  if (hasTag(headers['if-none-match'], tag)) return reply.status(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.type(type).send(body);
}

function chooseVariant(
  variants: readonly PageVariant[],
  { 'accept-encoding': accepted = '' }: IncomingHttpHeaders,
): PageVariant {
  // Split instead of matched: `\s*;` would take quadratic time in a header full of spaces.
  const encodings = String(accepted)
    .toLowerCase()
    .split(',')
    .map((item) => item.split(';', 2).map((part) => part.trim()))
    .filter(([, weight = '']) => !/^q=0(?:\.0*)?$/.test(weight))
    .map(([encoding]) => encoding);
  const fits = ({ encoding }: PageVariant): boolean =>
    encoding === undefined || encodings.includes(encoding);
  const chosen = variants.find(fits);
  if (chosen === undefined) throw new Error('A file has a variant without encoding');
  return chosen;
}

/** RFC 9110, section 13.1.2. */
function hasTag(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map((item) => item.trim().replace(/^W\//, ''));
  return tags.includes(tag) || tags.includes('*');
}
