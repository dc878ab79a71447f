/** The route with which owners and admins of the server read the audit log. */
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { ShownEntry } from '../../model/audit.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireIdentity } from '../request/require-user.ts';

interface AuditRoutesOptions {
  readonly chat: Pick<Chat, 'auditLog'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addAuditRoutes(
  app: FastifyInstance,
  { chat, requestAuthenticator }: AuditRoutesOptions,
): void {
  app.get('/api/admin/audit', async (request) => {
    const query = pageOf(request, ['actor', 'action', 'after']);
    const identity = await requireIdentity(requestAuthenticator, request.raw);
    return toListBody('entries', await chat.auditLog.list(identity, query), toEntryBody);
  });
}

function toEntryBody(entry: ShownEntry): Answer<'auditEntry'> {
  const { id, atMs, actor, actorName, action, target, targetName, address } = entry;
  const { detail, renamed, roomName, digest } = entry;
  return {
    ...{ id, at: new Date(atMs).toISOString(), actor },
    ...(actorName === undefined ? {} : { actorName }),
    ...{ action, target },
    ...(targetName === undefined ? {} : { targetName }),
    ...(detail === '' ? {} : { detail }),
    ...(renamed === undefined ? {} : { renamed }),
    ...(roomName === undefined ? {} : { roomName }),
    ...{ address, digest },
  };
}
