/** Route to add a user to a group or room, and to give members roles. */
import type { UserId } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';
import { bodyOf } from '../request/route-body.ts';

interface RoomMemberRoutesOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'roomMembers'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addRoomMemberRoutes(app: FastifyInstance, options: RoomMemberRoutesOptions): void {
  const { chat, requestAuthenticator } = options;
  app.put('/api/rooms/:roomId/members/:userId', async (request, reply) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const roomId = await roomIdOf(chat, user, request);
    // Not verified here: the domain checks that the user exists.
    const { userId } = request.params as { readonly userId: UserId };
    const { role } = bodyOf(request, 'roomMember');
    const about = { roomId, subjectId: userId };
    const how = await (role === undefined
      ? chat.roomMembers.add(user, about)
      : chat.roomMembers.giveRole(user, { ...about, role }));
    return reply.status(how === 'invited' ? 202 : 200).send({ success: true });
  });
}
