/** Makes a new member of a workspace a member of its default rooms. */

import { ChatError, type WorkspaceId } from '@parley/protocol';
import { permits } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';
import { type AddRoomMemberDependencies, addRoomMember } from './add-room-member.ts';

/** Rooms from which the user is banned are left out. @throws {StoreUnavailable} */
export async function joinDefaultRooms(
  dependencies: AddRoomMemberDependencies,
  user: User,
  workspaceId: WorkspaceId,
): Promise<void> {
  if (!permits('join-rooms', user)) return;
  const rooms = await dependencies.store.rooms.listDefaultRooms(workspaceId);
  for (const { id: roomId } of rooms) {
    try {
      await addRoomMember(dependencies, user, { roomId, actorId: user.id });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
    }
  }
}
