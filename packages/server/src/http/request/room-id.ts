import type { RoomId } from '@parley/protocol';
import type { FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { User } from '../../model/user.ts';

/**
 * The id of the room that the address of a request names by its id or name. Not verified here: the
 * domain checks that the room exists.
 */
export async function roomIdOf(
  { roomIds }: Pick<Chat, 'roomIds'>,
  user: User,
  { params }: Pick<FastifyRequest, 'params'>,
): Promise<RoomId> {
  return roomIds.find({ user }, (params as { readonly roomId: string }).roomId);
}
