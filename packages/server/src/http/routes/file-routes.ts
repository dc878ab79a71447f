/** Routes to upload files, and to read them. */
import { Readable } from 'node:stream';
import { ChatError, LIMITS, type WorkspaceId } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import { tooLarge } from '../../domain/files/uploads.ts';
import type { CustomEmoji } from '../../model/custom-emoji.ts';
import type { Identity } from '../../model/identity.ts';
import { fileUrlOf, type StoredFile, toFileFacts } from '../../model/stored-file.ts';
import { type FilePart, FileTooLarge, type FileUse } from '../../ports/file-storage.ts';
import { networkOf } from '../limits/network-of.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { filesOf, REST_BYTES_MAX, RestTooLarge } from '../request/multipart.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity, requireUser } from '../request/require-user.ts';
import { readRest } from '../request/upload-body.ts';
import { toErrorResponse } from '../response/error-response.ts';
import { toPublicUser } from '../response/public-user.ts';
import { LOGO_PATH, toServerProfileBody } from '../response/server-profile-body.ts';
import { toWorkspaceBody } from '../response/workspace-body.ts';

export interface FileRoutesOptions {
  readonly chat: Pick<
    Chat,
    | 'uploads'
    | 'avatars'
    | 'roomPictures'
    | 'workspaces'
    | 'customEmojis'
    | 'fileAccess'
    | 'fileStorage'
    | 'linkPreviews'
    | 'serverProfiles'
  >;
  readonly requestAuthenticator: RequestAuthenticator;
  readonly requestGuard: RequestGuard;
  /** Milliseconds without a byte after which an upload ends. */
  readonly uploadIdleMs: number;
}

interface Receiving {
  readonly filesMax: number;
  readonly use: FileUse;
  readonly take: (parts: ReturnType<typeof filesOf>) => Promise<unknown>;
}

/** A picture that is uploaded as a form, and removed. */
interface PictureRoute {
  readonly set: (
    identity: Identity,
    request: FastifyRequest,
    parts: ReturnType<typeof filesOf>,
  ) => Promise<unknown>;
  readonly remove?: (identity: Identity, request: FastifyRequest) => Promise<unknown>;
}

export const UPLOAD_PATH = '/api/upload';
const FORM = 'multipart/form-data';
const TOO_LARGE = 413;
/**
 * Types that browsers show: pictures run nothing, and were decoded by the server; for PDF, browsers
 * have viewers that are kept apart from the site.
 */
const SHOWN = new Set([
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'],
  'application/pdf',
]);
/** Types that the page plays, pictures that some systems show, and text. Opened by themselves they are downloads. */
const NAMED = /^(?:audio\/|video\/|image\/(?:heic|heif|tiff)$|text\/plain;)/;
const OCTETS = 'application/octet-stream';
/** Of a picture of a user: another one has another address. */
const FOREVER = 'private, max-age=31536000, immutable';
const ALWAYS_ASKED = 'private, no-cache';
/** Shown in place of a part that is missing: thumbnails are made after the upload. */
const IN_PLACE_OF: Readonly<Record<FilePart, readonly FilePart[]>> = Object.freeze({
  content: [],
  thumbnail: ['content'],
  small: ['thumbnail', 'content'],
});
/** Of a file opened by itself: an origin of its own, which may load and run nothing. */
const POLICY = "sandbox; default-src 'none'";

export function addFileRoutes(app: FastifyInstance, options: FileRoutesOptions): void {
  const { chat, requestAuthenticator, requestGuard, uploadIdleMs } = options;
  const {
    uploads,
    avatars,
    roomPictures,
    workspaces,
    customEmojis,
    fileAccess,
    fileStorage,
    linkPreviews,
    serverProfiles,
  } = chat;

  const changeRoomPicture = async (
    { user }: Identity,
    { params }: FastifyRequest,
    parts?: ReturnType<typeof filesOf>,
  ): Promise<unknown> => {
    const { roomId } = params as { readonly roomId: string };
    const fileId = await roomPictures.set(user, roomId, parts);
    return { pictureUrl: fileId === undefined ? null : fileUrlOf(fileId) };
  };
  const changeWorkspacePicture = async (
    { user }: Identity,
    request: FastifyRequest,
    parts?: ReturnType<typeof filesOf>,
  ): Promise<unknown> => {
    const workspaceId = idOf(request) as WorkspaceId; // The domain checks that it exists.
    return { workspace: toWorkspaceBody(await workspaces.setPicture(user, workspaceId, parts)) };
  };
  /** By what they are of. The logo is removed with its name's routes. */
  const pictures: Readonly<Record<string, PictureRoute>> = {
    '/api/me/avatar': {
      set: async ({ user }, _request, parts) => ({
        user: toPublicUser(await avatars.set(user, parts)),
      }),
      remove: async ({ user }) => ({ user: toPublicUser(await avatars.remove(user)) }),
    },
    '/api/admin/server/logo': {
      set: async (identity, _request, parts) => ({
        server: toServerProfileBody(await serverProfiles.setLogo(identity, parts)),
      }),
    },
    '/api/rooms/:roomId/picture': {
      set: changeRoomPicture,
      remove: changeRoomPicture,
    },
    '/api/workspaces/:id/picture': {
      set: changeWorkspacePicture,
      remove: changeWorkspacePicture,
    },
  };

  // A scope of its own: no other route accepts forms, which a foreign page can send.
  app.register((scope, _options, done) => {
    scope.addContentTypeParser(FORM, (_request, _body, parsed) => parsed(null));
    const receive = async (
      { raw }: FastifyRequest,
      reply: FastifyReply,
      { filesMax, use, take }: Receiving,
    ): Promise<unknown> => {
      const bytesMax = uploads.bytesMax(use);
      try {
        const network = networkOf(requestGuard.clientInfoOf(raw).address);
        return await take(filesOf(raw, { filesMax, bytesMax, network, idleMs: uploadIdleMs }));
      } catch (error) {
        return refuseUpload(error, { raw, reply, bytesMax });
      }
    };
    scope.post(UPLOAD_PATH, async (request, reply) => {
      const user = await requireUser(requestAuthenticator, request.raw);
      requireUploadHeader(request);
      requireForm(request);
      const filesMax = LIMITS.attachmentsMax;
      return receive(request, reply, {
        ...{ filesMax, use: 'attachment' },
        take: async (parts) => {
          const files = (await uploads.receive(user, parts)).map(toUploaded);
          const [first] = files;
          reply.status(201);
          return first !== undefined && files.length === 1 ? first : { files };
        },
      });
    });
    for (const [url, { set }] of Object.entries(pictures)) {
      scope.put(url, async (request, reply) => {
        const identity = await requireIdentity(requestAuthenticator, request.raw);
        requireForm(request);
        return receive(request, reply, {
          ...{ filesMax: 1, use: 'avatar' },
          take: (parts) => set(identity, request, parts),
        });
      });
    }
    scope.put('/api/emoji/:name', async (request, reply) => {
      const user = await requireUser(requestAuthenticator, request.raw);
      requireForm(request);
      const { name } = request.params as { readonly name: string };
      return receive(request, reply, {
        ...{ filesMax: 1, use: 'emoji' },
        take: async (parts) => {
          const added = await customEmojis.add(user, name, parts);
          reply.status(201);
          return { emoji: toEmojiBody(added) };
        },
      });
    });
    done();
  });

  for (const [url, { remove }] of Object.entries(pictures)) {
    if (remove === undefined) continue;
    app.delete(url, async (request) =>
      remove(await requireIdentity(requestAuthenticator, request.raw), request),
    );
  }

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    file: StoredFile,
    part: FilePart,
  ): Promise<FastifyReply> => {
    const { id } = file;
    if (part !== 'content' && !file.hasThumbnail) throw new ChatError('NOT_FOUND');
    setHeaders(reply, file, part);
    let tag = `"${id}"`;
    reply.header('etag', tag);
    if (request.headers['if-none-match'] === tag) return reply.status(304).send();
    let open = await fileStorage.open(id, part);
    for (const other of IN_PLACE_OF[part]) {
      if (open !== undefined) break;
      open = await fileStorage.open(id, other);
      tag = `"${id}-${other}"`;
      setHeaders(reply, file, other);
      reply.header('etag', tag).header('cache-control', ALWAYS_ASKED);
    }
    if (open === undefined) throw new ChatError('NOT_FOUND');
    if (request.headers['if-none-match'] === tag) {
      await open.close();
      return reply.status(304).send();
    }
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
      handler: async (request, reply) => {
        const user = await requireUser(requestAuthenticator, request.raw);
        const shown = part === 'thumbnail' ? thumbnailOf(request) : part;
        return send(request, reply, await fileAccess.find(user, idOf(request)), shown);
      },
    });
  }
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/rooms/:roomId/link-previews/:messageId/:pictureId',
    handler: async (request, reply) => {
      const user = await requireUser(requestAuthenticator, request.raw);
      const place = request.params as Parameters<typeof linkPreviews.findPicture>[1];
      return send(request, reply, await linkPreviews.findPicture(user, place), 'content');
    },
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: `${LOGO_PATH}:id`,
    handler: async (request, reply) =>
      send(request, reply, await serverProfiles.findLogo(idOf(request)), 'content'),
  });
}

function idOf({ params }: FastifyRequest): string {
  return (params as { readonly id: string }).id;
}

/** @throws {ChatError} VALIDATION_ERROR. */
function thumbnailOf({ query }: FastifyRequest): FilePart {
  const { size = 'large' } = query as { readonly size?: unknown };
  if (size === 'large' || size === 'small') return size === 'small' ? 'small' : 'thumbnail';
  const message = "'size' must be 'large' or 'small'";
  throw new ChatError('VALIDATION_ERROR', { field: 'size', message });
}

/** Answers a request that may still send. */
export async function refuseUpload(
  error: unknown,
  {
    raw,
    reply,
    bytesMax,
  }: Pick<FastifyRequest, 'raw'> & { readonly reply: FastifyReply; readonly bytesMax: number },
): Promise<FastifyReply> {
  await readRest(raw);
  if (!raw.complete) reply.header('connection', 'close');
  const refused = tooLargeOf(error, bytesMax);
  if (refused === undefined) throw error;
  return reply.status(TOO_LARGE).send(toErrorResponse(refused).body);
}

function tooLargeOf(error: unknown, bytesMax: number): ChatError | undefined {
  if (error instanceof FileTooLarge) return tooLarge(bytesMax);
  if (!(error instanceof RestTooLarge)) return undefined;
  const message = `The body has more than ${REST_BYTES_MAX} bytes beside its files, or too many files`;
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}

/** A form of a foreign page cannot send it, nor use PUT. @throws {ChatError} FORBIDDEN. */
export function requireUploadHeader({ headers }: FastifyRequest): void {
  if (headers['x-parley-upload'] === '1') return;
  const message = 'The header X-Parley-Upload: 1 is missing';
  throw new ChatError('FORBIDDEN', { message });
}

/** @throws {ChatError} VALIDATION_ERROR. */
function requireForm({ headers }: FastifyRequest): void {
  if (headers['content-type']?.toLowerCase().startsWith(FORM) !== true) {
    throw new ChatError('VALIDATION_ERROR', { message: `The body must be ${FORM}` });
  }
}

export function toUploaded(stored: StoredFile): {
  readonly fileId: string;
  readonly url: string;
  readonly file: Answer<'uploadedFile'>;
} {
  const { id, name, type, size } = stored;
  return {
    fileId: id,
    url: fileUrlOf(id),
    file: { id, name, type, size, ...toFileFacts(stored) },
  };
}

function toEmojiBody({ name, fileId, userId, createdAtMs }: CustomEmoji): Answer<'customEmoji'> {
  const createdAt = new Date(createdAtMs).toISOString();
  return { name, url: fileUrlOf(fileId), userId, createdAt };
}

function setHeaders(reply: FastifyReply, file: StoredFile, part: FilePart): void {
  const type = part === 'content' ? file.type : 'image/webp';
  const isShown = SHOWN.has(type);
  const { name, roomId, workspaceId, expiresAtMs } = file;
  const isAvatar = (roomId ?? workspaceId ?? expiresAtMs) === undefined;
  const shownName = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const disposition = isShown ? 'inline' : 'attachment';
  reply
    .header('content-type', isShown || NAMED.test(type) ? type : OCTETS)
    .header(
      'content-disposition',
      `${disposition}; filename="${shownName}"; filename*=UTF-8''${encodeName(name)}`,
    )
    .header('content-security-policy', POLICY)
    .header('cross-origin-resource-policy', 'same-origin')
    .header('accept-ranges', 'bytes')
    // Asked again each time: the reader may have lost access to the room or workspace.
    .header('cache-control', isAvatar ? FOREVER : ALWAYS_ASKED)
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
