/** Routes for the user's login sessions, and for what other devices did. */
import type { FastifyInstance } from 'fastify';
import type { UserSession } from '../../domain/accounts/user-sessions.ts';
import type { Chat } from '../../domain/chat.ts';
import type { ShownNotice } from '../../model/account-notice.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireIdentity } from '../request/require-user.ts';

interface SessionRoutesOptions {
  readonly chat: Pick<Chat, 'accountNotices' | 'userSessions'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addSessionRoutes(app: FastifyInstance, options: SessionRoutesOptions): void {
  const { chat, requestAuthenticator } = options;

  app.get('/api/sessions', async (request) => {
    const page = pageOf(request, ['after']);
    const identity = await requireIdentity(requestAuthenticator, request.raw);
    return toListBody('sessions', await chat.userSessions.list(identity, page), toSessionBody);
  });
  app.delete('/api/sessions/:id', async ({ raw, params }) => {
    const identity = await requireIdentity(requestAuthenticator, raw);
    await chat.userSessions.end(identity, (params as { readonly id: string }).id);
    return { success: true };
  });
  app.get('/api/auth/notices', async ({ raw }) => {
    const identity = await requireIdentity(requestAuthenticator, raw);
    return { notices: (await chat.accountNotices.list(identity)).map(toNoticeBody) };
  });
  app.delete('/api/auth/notices/:id', async ({ raw, params }) => {
    const identity = await requireIdentity(requestAuthenticator, raw);
    await chat.accountNotices.dismiss(identity, (params as { readonly id: string }).id);
    return { success: true };
  });
}

function toNoticeBody(notice: ShownNotice): Answer<'accountNotice'> {
  const { id, kind, atMs, device, address, sessionId } = notice;
  const shown = { id, kind, at: new Date(atMs).toISOString(), device, address };
  return sessionId === undefined ? shown : { ...shown, sessionId };
}

function toSessionBody(session: UserSession): Answer<'session'> {
  const { id, createdAtMs, lastActivityAtMs, userAgent, address, isCurrent } = session;
  return {
    id,
    createdAt: new Date(createdAtMs).toISOString(),
    lastSeenAt: new Date(lastActivityAtMs).toISOString(),
    userAgent,
    address,
    current: isCurrent,
  };
}
