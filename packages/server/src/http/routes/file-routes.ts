/** Routes to upload files, and to read them. */
import { Readable } from 'node:stream';
import { ChatError, LIMITS } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import { fileUrlOf } from '../../domain/files/attached-files.ts';
import { tooLarge } from '../../domain/files/uploads.ts';
import type { StoredFile } from '../../model/stored-file.ts';
import { FileTooLarge } from '../../ports/file-storage.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { filesOf, readRest } from '../request/multipart.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { toErrorResponse } from '../response/error-response.ts';

export interface FileRoutesOptions {
  readonly chat: Pick<Chat, 'uploads' | 'fileAccess' | 'fileStorage'>;
  readonly requestAuthenticator: RequestAuthenticator;
  /** Milliseconds without a byte after which an upload ends. */
  readonly uploadIdleMs: number;
}

export const UPLOAD_PATH = '/api/upload';
const FORM = 'multipart/form-data';
const TOO_LARGE = 413;
/** Types that browsers show in the page; they run nothing, and were decoded by the server. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const OCTETS = 'application/octet-stream';
/** Of a file opened by itself: an origin of its own, which may load and run nothing. */
const POLICY = "sandbox; default-src 'none'";

export function addFileRoutes(app: FastifyInstance, options: FileRoutesOptions): void {
  const { chat, requestAuthenticator, uploadIdleMs } = options;
  const { uploads, fileAccess, fileStorage } = chat;

  // A scope of its own: no other route accepts forms, which a foreign page can send.
  app.register((scope, _options, done) => {
    scope.addContentTypeParser(FORM, (_request, _body, parsed) => parsed(null));
    scope.post(UPLOAD_PATH, async (request, reply) => {
      const user = await requireUser(requestAuthenticator, request.raw);
      requireForm(request);
      const limits = { filesMax: LIMITS.attachmentsMax, bytesMax: uploads.bytesMax };
      const parts = filesOf(request.raw, { ...limits, idleMs: uploadIdleMs });
      try {
        const files = (await uploads.receive(user, parts)).map(toUploaded);
        const [first] = files;
        reply.status(201);
        return first !== undefined && files.length === 1 ? first : { files };
      } catch (error) {
        await readRest(request.raw);
        if (!request.raw.complete) reply.header('connection', 'close');
        if (!(error instanceof FileTooLarge)) throw error;
        return reply.status(TOO_LARGE).send(toErrorResponse(tooLarge(uploads.bytesMax)).body);
      }
    });
    done();
  });

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    part: 'content' | 'thumbnail',
  ): Promise<FastifyReply> => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const { id } = request.params as { readonly id: string };
    const file = await fileAccess.find(user, id);
    if (part === 'thumbnail' && !file.hasThumbnail) throw new ChatError('NOT_FOUND');
    const type = part === 'thumbnail' ? 'image/webp' : file.type;
    setHeaders(reply, file, type);
    const tag = `"${id}"`;
    reply.header('etag', tag);
    if (request.headers['if-none-match'] === tag) return reply.status(304).send();
    const open = await fileStorage.open(id, part);
    if (open === undefined) throw new ChatError('NOT_FOUND');
    const { size } = open;
    const range = rangeOf(request, size, tag);
    if (range === undefined || request.method === 'HEAD') {
      await open.close();
      if (range !== undefined) return reply.header('content-length', size).send();
      return reply.status(416).header('content-range', `bytes */${size}`).send();
    }
    const [start, end] = range;
    if (end - start + 1 < size) {
      reply.status(206).header('content-range', `bytes ${start}-${end}/${size}`);
    }
    reply.header('content-length', end - start + 1);
    if (size === 0) {
      await open.close();
      return reply.send();
    }
    const body = open.read(start, end);
    // Closed by Fastify also if the client has left before the first byte.
    return reply.send(body instanceof Readable ? body : Readable.from(body));
  };
  // Fastify's own HEAD would read the file, or answer that it is empty.
  for (const part of ['content', 'thumbnail'] as const) {
    app.route({
      method: ['GET', 'HEAD'],
      url: part === 'content' ? '/api/files/:id' : '/api/files/:id/thumbnail',
      handler: (request, reply) => send(request, reply, part),
    });
  }
}

/** @throws {ChatError} FORBIDDEN, VALIDATION_ERROR. */
function requireForm({ headers }: FastifyRequest): void {
  if (headers['x-parley-upload'] !== '1') {
    const message = 'The header X-Parley-Upload: 1 is missing';
    throw new ChatError('FORBIDDEN', { message });
  }
  if (headers['content-type']?.toLowerCase().startsWith(FORM) !== true) {
    throw new ChatError('VALIDATION_ERROR', { message: `The body must be ${FORM}` });
  }
}

function toUploaded(stored: StoredFile): {
  readonly fileId: string;
  readonly url: string;
  readonly file: Answer<'uploadedFile'>;
} {
  const { id, name, type, size, width, height, hasThumbnail } = stored;
  const url = fileUrlOf(id);
  return {
    fileId: id,
    url,
    file: {
      ...{ id, name, type, size },
      ...(width === undefined || height === undefined ? {} : { width, height }),
      ...(hasThumbnail ? { thumbnailUrl: `${url}/thumbnail` } : {}),
    },
  };
}

function setHeaders(reply: FastifyReply, { name }: StoredFile, type: string): void {
  const isShown = SHOWN.has(type);
  const shownName = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const disposition = isShown ? 'inline' : 'attachment';
  reply
    .header('content-type', isShown ? type : OCTETS)
    .header(
      'content-disposition',
      `${disposition}; filename="${shownName}"; filename*=UTF-8''${encodeName(name)}`,
    )
    .header('content-security-policy', POLICY)
    .header('cross-origin-resource-policy', 'same-origin')
    .header('accept-ranges', 'bytes')
    // Asked again each time: the reader may have lost access to the room.
    .header('cache-control', 'private, no-cache')
    .header('vary', 'Cookie, Authorization, Origin');
}

/** RFC 8187, section 3.2.1. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The bytes that a request names, both ends included: all without a range, and if it names several
 * or another version. Undefined if there are none (RFC 9110, section 14).
 */
function rangeOf(
  { headers }: FastifyRequest,
  size: number,
  tag: string,
): readonly [start: number, end: number] | undefined {
  const all = [0, Math.max(0, size - 1)] as const;
  const named = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '');
  const isOther = headers['if-range'] !== undefined && headers['if-range'] !== tag;
  if (named === null || isOther) return all;
  const [, first = '', last = ''] = named;
  if (first === '' && last === '') return all;
  if (first === '') {
    return last === '0' || size === 0 ? undefined : [Math.max(0, size - Number(last)), size - 1];
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return all;
  return start < size ? [start, end] : undefined;
}
