/** Routes to join and leave a room, remove its members, and ban users: the same commands as over a socket. */
import type { UserId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { AccessLostReason } from '../../model/room-event.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';

interface MembershipRemovalRoutesOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'rooms' | 'memberships'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

interface MembershipParams {
  readonly userId: UserId;
}

export function addMembershipRemovalRoutes(
  app: FastifyInstance,
  options: MembershipRemovalRoutesOptions,
): void {
  const { chat, requestAuthenticator } = options;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);

  const end = (reason: AccessLostReason) => async (request: FastifyRequest) => {
    const user = await userOf(request);
    const roomId = await roomIdOf(chat, user, request);
    // Not verified here: the domain checks that the user exists.
    const { userId } = request.params as MembershipParams;
    await chat.memberships.end(user, { roomId, subjectId: userId ?? user.id, reason });
    return { success: true };
  };
  app.put('/api/rooms/:roomId/members/me', async (request) => {
    const user = await userOf(request);
    await chat.rooms.becomeMember(user, await roomIdOf(chat, user, request));
    return { success: true };
  });
  app.delete('/api/rooms/:roomId/members/me', end('left'));
  app.delete('/api/rooms/:roomId/members/:userId', end('removed'));
  app.put('/api/rooms/:roomId/bans/:userId', end('banned'));
  app.delete('/api/rooms/:roomId/bans/:userId', async (request) => {
    const user = await userOf(request);
    const roomId = await roomIdOf(chat, user, request);
    const { userId } = request.params as MembershipParams;
    await chat.memberships.liftBan(user, { roomId, subjectId: userId });
    return { success: true };
  });
}
