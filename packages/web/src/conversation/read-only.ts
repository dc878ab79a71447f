/** Why the user cannot write in a room that is open. */
import type { RoomId } from '@parley/client';
import { useSnapshot } from '../hooks/chat-context.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';

export type ReadOnlyReason = 'archived' | 'moderators';

export function useReadOnly(roomId: RoomId): ReadOnlyReason | undefined {
  return useSnapshot(({ directory }) => {
    const room = listedRoom(directory, roomId);
    if (room?.archived === true) return 'archived';
    const isRestricted = room?.posting === 'moderators' && room.canModerate !== true;
    return isRestricted ? 'moderators' : undefined;
  });
}
