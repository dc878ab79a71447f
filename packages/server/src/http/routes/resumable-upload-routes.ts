/** Uploads that go on where they broke off: tus 1.0.0 (https://tus.io/protocols/resumable-upload). */
import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { ActingUser } from '../../model/identity.ts';
import { networkOf } from '../limits/network-of.ts';
import { requireUser } from '../request/require-user.ts';
import { bodyOf, readRest, UploadSource } from '../request/upload-body.ts';
import { toErrorResponse } from '../response/error-response.ts';
import {
  type FileRoutesOptions,
  refuseUpload,
  requireUploadHeader,
  toUploaded,
} from './file-routes.ts';

interface ResumableUploadRoutesOptions
  extends Pick<FileRoutesOptions, 'requestAuthenticator' | 'requestGuard' | 'uploadIdleMs'> {
  readonly chat: Pick<Chat, 'resumableUploads'>;
}

type Progress = Awaited<ReturnType<Chat['resumableUploads']['find']>>;

export const RESUMABLE_PATH = '/api/upload/resumable';
export const RESUMABLE_UPLOAD_PATH = `${RESUMABLE_PATH}/:id`;
const VERSION = '1.0.0';
const OTHER_VERSION = 412;
const BODY_TYPE = 'application/offset+octet-stream';
/** For pages of other origins, beside those of all routes. */
export const TUS_REQUEST_HEADERS = 'Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset';
const TUS_ANSWER_HEADERS = 'Location, Tus-Resumable, Upload-Expires, Upload-Length, Upload-Offset';

/** For the answer to OPTIONS. */
export function tusOptionsOf({
  resumableUploads,
}: ResumableUploadRoutesOptions['chat']): Readonly<Record<string, string>> {
  return {
    'tus-resumable': VERSION,
    'tus-version': VERSION,
    'tus-extension': 'creation,termination,expiration',
    'tus-max-size': `${resumableUploads.bytesMax}`,
  };
}

export function addResumableUploadRoutes(
  app: FastifyInstance,
  { chat, requestAuthenticator, requestGuard, uploadIdleMs }: ResumableUploadRoutesOptions,
): void {
  const { resumableUploads } = chat;
  // A scope of its own: no other route accepts these bodies.
  app.register((scope, _options, done) => {
    scope.addContentTypeParser(BODY_TYPE, (_request, _body, parsed) => parsed(null));
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('tus-resumable', VERSION);
      reply.header('access-control-expose-headers', TUS_ANSWER_HEADERS);
      reply.header('cache-control', 'no-store');
    });
    const answering =
      (answer: (user: ActingUser, request: FastifyRequest, reply: FastifyReply) => unknown) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
        const { raw, headers, method } = request;
        try {
          const user = await requireUser(requestAuthenticator, raw);
          if (headers['tus-resumable'] !== VERSION) return await refuseVersion(request, reply);
          if (method !== 'HEAD') requireUploadHeader(request);
          return await answer(user, request, reply);
        } catch (error) {
          return refuseUpload(error, { raw, reply, bytesMax: resumableUploads.bytesMax });
        }
      };

    const append = async (
      user: ActingUser,
      id: string,
      raw: FastifyRequest['raw'],
      offset: number,
    ): Promise<Progress> => {
      const { address } = requestGuard.clientInfoOf(raw);
      const client = new UploadSource(raw, { network: networkOf(address), idleMs: uploadIdleMs });
      let isWaiting = false;
      const body = bodyOf(raw, client, (now) => {
        isWaiting = now;
      });
      client.begin(() => isWaiting);
      const { signal } = client;
      return resumableUploads
        .append(user, id, { offset, body, signal, client })
        .finally(() => client.end());
    };

    scope.post(
      RESUMABLE_PATH,
      answering(async (user, { raw, headers }, reply) => {
        // A body would be a part of the file, in an extension that is not here.
        if (headers['content-type'] === BODY_TYPE) throw invalid('Content-Type');
        const [size, name] = [numberOf(headers, 'Upload-Length'), fileNameOf(headers)];
        const begun = await resumableUploads.begin(user, { name, size });
        showProgress(reply.status(201), begun);
        reply.header('location', `${RESUMABLE_PATH}/${begun.id}`);
        if (size > 0) return {};
        return answerOf(await append(user, begun.id, raw, 0));
      }),
    );

    scope.head(
      RESUMABLE_UPLOAD_PATH,
      answering(async (user, request, reply) => {
        const found = await resumableUploads.find(user, idOf(request));
        return showProgress(reply.status(204), found).header('upload-length', found.size).send();
      }),
    );

    scope.patch(
      RESUMABLE_UPLOAD_PATH,
      answering(async (user, request, reply) => {
        const { raw, headers } = request;
        if (headers['content-type'] !== BODY_TYPE) throw invalid('Content-Type');
        const offset = numberOf(headers, 'Upload-Offset');
        const written = await append(user, idOf(request), raw, offset);
        // Another request writes the rest.
        if (!raw.complete) reply.header('connection', 'close');
        showProgress(reply, written);
        return written.stored === undefined ? reply.status(204).send() : answerOf(written);
      }),
    );

    scope.delete(
      RESUMABLE_UPLOAD_PATH,
      answering(async (user, request, reply) => {
        await resumableUploads.remove(user, idOf(request));
        return reply.status(204).send();
      }),
    );
    done();
  });
}

async function refuseVersion({ raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  await readRest(raw);
  const message = `The header Tus-Resumable must be ${VERSION}`;
  const { body } = toErrorResponse(new ChatError('VALIDATION_ERROR', { message }));
  return reply.status(OTHER_VERSION).header('tus-version', VERSION).send(body);
}

function idOf({ params }: FastifyRequest): string {
  return (params as { readonly id: string }).id;
}

function showProgress(reply: FastifyReply, { offset, expiresAtMs }: Progress): FastifyReply {
  return reply
    .header('upload-offset', offset)
    .header('upload-expires', new Date(expiresAtMs).toUTCString());
}

function answerOf({ stored }: Progress): object {
  return stored === undefined ? {} : toUploaded(stored);
}

/** @throws {ChatError} VALIDATION_ERROR. */
function numberOf(headers: IncomingHttpHeaders, name: 'Upload-Length' | 'Upload-Offset'): number {
  const written = headers[name.toLowerCase()];
  if (typeof written !== 'string' || !/^\d{1,15}$/.test(written)) throw invalid(name);
  return Number(written);
}

/** `filename` of the metadata: words in base64 behind their names, with commas between them. */
function fileNameOf(headers: IncomingHttpHeaders): string {
  const metadata = headers['upload-metadata'];
  const pairs = typeof metadata === 'string' ? metadata.split(',') : [];
  const [, encoded = ''] =
    pairs.map((pair) => pair.trim().split(' ')).find(([key]) => key === 'filename') ?? [];
  return Buffer.from(encoded, 'base64').toString();
}

function invalid(header: string): ChatError {
  return new ChatError('VALIDATION_ERROR', {
    field: header,
    message: `The header ${header} is not valid`,
  });
}
