/** Routes of reports to moderators, and of the warnings that users get. */
import { ChatError, type MessageId, type UserId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { Report, Warning } from '../../model/report.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireIdentity, requireUser } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

interface ReportRoutesOptions {
  readonly chat: Pick<Chat, 'reports' | 'warnings'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addReportRoutes(
  app: FastifyInstance,
  { chat, requestAuthenticator }: ReportRoutesOptions,
): void {
  app.post('/api/reports', async (request, reply) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const { messageId, userId, reason } = bodyOf(request, 'report');
    // Not verified here: the domain checks that they exist.
    const target = { messageId: messageId as MessageId, userId: userId as UserId };
    const id = await chat.reports.report(user, { ...target, reason });
    return reply.status(201).send({ report: { id } });
  });
  app.get('/api/admin/reports', async (request) => {
    const identity = await requireIdentity(requestAuthenticator, request.raw);
    const { state = 'open', ...page } = pageOf(request, ['state', 'after']);
    if (state !== 'open' && state !== 'closed') {
      const message = "'state' must be 'open' or 'closed'";
      throw new ChatError('VALIDATION_ERROR', { field: 'state', message });
    }
    const listed = await chat.reports.list(identity, { ...page, state });
    return { ...toListBody('reports', listed, toBody), open: listed.open };
  });
  app.post('/api/admin/reports/:id', async (request) => {
    const identity = await requireIdentity(requestAuthenticator, request.raw);
    const decision = bodyOf(request, 'reportDecision');
    return { report: toBody(await chat.reports.decide(identity, idOf(request), decision)) };
  });
  app.get('/api/warnings', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    return { warnings: (await chat.warnings.list(user)).map(toWarningBody) };
  });
  app.delete('/api/warnings/:id', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    await chat.warnings.dismiss(user, idOf(request));
    return { success: true };
  });
}

function idOf({ params }: FastifyRequest): string {
  return (params as { readonly id: string }).id;
}

function toBody(report: Report): Answer<'report'> {
  const { id, reason, atMs, reporter, user, message, closed } = report;
  return {
    ...{ id, reason, state: closed === undefined ? 'open' : 'closed' },
    createdAt: new Date(atMs).toISOString(),
    ...(reporter === undefined ? {} : { reporter }),
    user,
    ...(message === undefined ? {} : { message: toMessageBody(report, message) }),
    ...(closed === undefined
      ? {}
      : {
          action: closed.action,
          closedAt: new Date(closed.atMs).toISOString(),
          ...(closed.by === undefined ? {} : { closedBy: closed.by }),
        }),
  };
}

function toMessageBody(
  { user }: Report,
  { id, roomId, roomName, content, files, sentAtMs }: NonNullable<Report['message']>,
): Answer<'reportedMessage'> {
  return {
    ...{ id, roomId, userId: user.id, sender: user.username, content, files },
    ...(roomName === undefined ? {} : { roomName }),
    timestamp: new Date(sentAtMs).toISOString(),
  };
}

function toWarningBody({ id, reason, content, atMs }: Warning): Answer<'warning'> {
  return { ...{ id, reason, content }, createdAt: new Date(atMs).toISOString() };
}
