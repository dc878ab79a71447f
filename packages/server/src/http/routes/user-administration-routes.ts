/** Routes with which owners and admins of the server manage accounts. */
import { ChatError, isLongerThan, LIMITS, PAGE_PATHS, type UserId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { factorsOf } from '../../domain/accounts/factors-of.ts';
import type { Chat } from '../../domain/chat.ts';
import type { Account } from '../../model/user.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

interface UserAdministrationRoutesOptions {
  readonly chat: Pick<Chat, 'userAdministration'>;
  readonly requestGuard: Pick<RequestGuard, 'urlOf'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addUserAdministrationRoutes(
  app: FastifyInstance,
  options: UserAdministrationRoutesOptions,
): void {
  const { userAdministration: administration } = options.chat;
  const identityOf = ({ raw }: FastifyRequest) =>
    requireIdentity(options.requestAuthenticator, raw);

  app.get('/api/admin/users', async (request) => {
    const page = pageOf(request, ['after']);
    const { q: text = '' } = request.query as { readonly q?: unknown };
    if (typeof text !== 'string' || isLongerThan(text, LIMITS.displayNameLengthMax + 1)) {
      throw new ChatError('VALIDATION_ERROR', { field: 'q' });
    }
    const listed = await administration.list(await identityOf(request), { ...page, text });
    return toListBody('users', listed, toBody);
  });
  app.patch('/api/admin/users/:id', async (request) => {
    const identity = await identityOf(request);
    const change = bodyOf(request, 'accountChange');
    if (change.role === undefined && change.displayName === undefined) {
      throw new ChatError('VALIDATION_ERROR', { field: 'role' });
    }
    return { user: toBody(await administration.change(identity, idOf(request), change)) };
  });
  app.post('/api/admin/users/:id/disable', async (request) => {
    const identity = await identityOf(request);
    return {
      user: toBody(await administration.disable(identity, idOf(request), bodyOf(request, 'ban'))),
    };
  });
  app.delete('/api/admin/users/:id', async (request) => {
    const identity = await identityOf(request);
    const { messages } = bodyOf(request, 'accountDeletion');
    await administration.delete(identity, idOf(request), messages);
    return { success: true };
  });
  app.delete('/api/admin/users/:id/avatar', async (request) => {
    await administration.removeAvatar(await identityOf(request), idOf(request));
    return { success: true };
  });
  app.post('/api/admin/users/:id/purge', async (request, reply) => {
    const jobId = await administration.purge(await identityOf(request), idOf(request));
    return reply.status(202).send({ jobId });
  });
  app.post('/api/admin/users/:id/enable', async (request) => {
    const identity = await identityOf(request);
    return { user: toBody(await administration.enable(identity, idOf(request))) };
  });
  app.post('/api/admin/users/:id/reset', async (request) => {
    const identity = await identityOf(request);
    const reset = await administration.createPasswordReset(identity, idOf(request));
    const url = options.requestGuard.urlOf(request.raw, PAGE_PATHS.passwordReset + reset.token);
    return { url, expiresAt: new Date(reset.expiresAtMs).toISOString() };
  });
  app.post('/api/admin/users/:id/sessions/end', async (request) => {
    await administration.endSessions(await identityOf(request), idOf(request));
    return { success: true };
  });
}

function idOf({ params }: FastifyRequest): UserId {
  return (params as { readonly id: UserId }).id;
}

function toBody(account: Account): Answer<'account'> {
  const { user, lastSeenAtMs } = account;
  const { id, username, displayName, role, disabledAtMs } = user;
  const { disabledUntilMs, disabledReason = '' } = user;
  const lastSeenAt = lastSeenAtMs === undefined ? null : new Date(lastSeenAtMs).toISOString();
  const disabled = disabledAtMs !== undefined;
  return {
    id,
    username,
    displayName,
    role,
    disabled,
    ...(disabledUntilMs === undefined
      ? {}
      : { disabledUntil: new Date(disabledUntilMs).toISOString() }),
    ...(disabledReason === '' ? {} : { disabledReason }),
    factors: factorsOf(account),
    ...(account.isUnconfirmed ? { unconfirmed: true } : {}),
    lastSeenAt,
  };
}
