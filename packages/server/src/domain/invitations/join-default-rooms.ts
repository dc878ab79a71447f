/** Makes a new member of a workspace a member of its default rooms. */

import { ChatError, type UserId, type WorkspaceId } from '@parley/protocol';
import { directKeyOf } from '../../model/direct-room-identity.ts';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import { type AddRoomMemberDependencies, addRoomMember } from './add-room-member.ts';

/**
 * Rooms from which the user is banned are left out, and if another user does it, those that the user has left before.
 *
 * @throws {StoreUnavailable}
 */
export async function joinDefaultRooms(
  dependencies: AddRoomMemberDependencies,
  user: User,
  workspaceId: WorkspaceId,
  actorId: UserId = user.id,
): Promise<void> {
  if (!permits('join-rooms', user)) return;
  const rooms = await dependencies.store.rooms.listDefaultRooms(workspaceId);
  const { invitations } = dependencies.store;
  const key = directKeyOf(user.id, actorId);
  for (const { id: roomId } of rooms) {
    if (actorId !== user.id) {
      const { hasLeft } = await invitations.findStanding(user.id, actorId, key, roomId);
      if (hasLeft) continue;
    }
    try {
      await addRoomMember(dependencies, user, { roomId, actorId: user.id });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
    }
  }
}
