/** Names of users by id, as far as this page knows them. Pure. */
import type { ClientSnapshot, RoomId, UserId, UserPayload } from '@parley/client';

export function usernamesOf(
  { rooms }: Pick<ClientSnapshot, 'rooms'>,
  roomId: RoomId,
  userIds: readonly UserId[],
  self: UserPayload,
): readonly string[] {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return [];
  const { log, members } = room;
  return userIds.flatMap((userId) => {
    if (userId === self.id) return [self.username];
    const name =
      members.get(userId)?.username ??
      log.messages.findLast((message) => message.userId === userId)?.sender;
    return name === undefined ? [] : [name];
  });
}
