/** Route to add a user to a group. */
import type { UserId } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';

interface GroupMemberRoutesOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'groupMembers'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addGroupMemberRoutes(
  app: FastifyInstance,
  options: GroupMemberRoutesOptions,
): void {
  const { chat, requestAuthenticator } = options;
  app.put('/api/rooms/:roomId/members/:userId', async (request, reply) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const roomId = await roomIdOf(chat, user, request);
    // Not verified here: the domain checks that the user exists.
    const { userId } = request.params as { readonly userId: UserId };
    const how = await chat.groupMembers.add(user, { roomId, subjectId: userId });
    return reply.status(how === 'invited' ? 202 : 200).send({ success: true });
  });
}
