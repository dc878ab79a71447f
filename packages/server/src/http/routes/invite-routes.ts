/** Routes for links that let people in. */
import { ChatError, PAGE_PATHS, type RoomId, type WorkspaceId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { Invite } from '../../model/invite.ts';
import type { Room } from '../../model/room.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

interface InviteRoutesOptions {
  readonly chat: Pick<Chat, 'invites' | 'roomIds'>;
  readonly requestGuard: RequestGuard;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addInviteRoutes(app: FastifyInstance, options: InviteRoutesOptions): void {
  const { chat, requestGuard, requestAuthenticator } = options;
  const identityOf = ({ raw }: FastifyRequest) => requireIdentity(requestAuthenticator, raw);

  app.post('/api/invites', async (request, reply) => {
    const identity = await identityOf(request);
    const { user } = identity;
    const { roomIds: named = [], workspaceId, ...limits } = bodyOf(request, 'invite');
    const roomIds: RoomId[] = [];
    for (const each of named) roomIds.push(await chat.roomIds.find({ user }, each));
    // Not verified here: the domain checks that the workspace exists.
    const wanted = { roomIds, workspaceId: workspaceId as WorkspaceId | undefined };
    const { invite, token } = await chat.invites.create(identity, { ...wanted, ...limits });
    const body = {
      ...toInviteBody(invite),
      ...(token === undefined
        ? {}
        : { token, url: requestGuard.urlOf(request.raw, PAGE_PATHS.invite + token) }),
    };
    return reply.status(201).send({ invite: body });
  });
  app.get('/api/invites', async (request) => {
    const { scope = 'own', ...page } = pageOf(request, ['after', 'scope']);
    const { user } = await identityOf(request);
    if (scope === 'own') {
      return toListBody('invites', await chat.invites.list(user, page), toInviteBody);
    }
    if (scope !== 'all') throw new ChatError('VALIDATION_ERROR', { field: 'scope' });
    return toListBody('invites', await chat.invites.listAll(user, page), (invite) => {
      const { id, username, displayName } = invite.creator;
      return { ...toInviteBody(invite), creator: { id, username, displayName } };
    });
  });
  app.delete('/api/invites/:id', async (request) => {
    const { id } = request.params as { readonly id: string };
    await chat.invites.revoke(await identityOf(request), id);
    return { success: true };
  });
  app.post('/api/invites/accept', async (request) => {
    const identity = await identityOf(request);
    const { token } = bodyOf(request, 'inviteToken');
    const address = requestGuard.limitedAddressOf(request.raw);
    const rooms = await chat.invites.accept(identity, token, address);
    return { rooms: rooms.map(toRoomBody) };
  });
}

export function toRoomBody({ id, name }: Room): Answer<'invitedRoom'> {
  return { id, name };
}

function toInviteBody(invite: Invite): Answer<'invite'> {
  const { id, roomIds, workspaceId, usesMax, useCount, createdAtMs, expiresAtMs } = invite;
  return {
    ...{ id, roomIds },
    ...(workspaceId === undefined ? {} : { workspaceId }),
    ...(invite.role === undefined ? {} : { role: invite.role }),
    ...(invite.email === undefined ? {} : { email: invite.email }),
    uses: usesMax ?? null,
    useCount,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}
