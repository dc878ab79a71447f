/** When a member of an open room was last given a role, as its timeline shows it. */
import type { RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';

const ENDS: ReadonlySet<string> = new Set(['joined', 'left', 'removed']);

export function useLastRoleChange(roomId: RoomId): number | undefined {
  return useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') return undefined;
    return room.notices.findLast(({ kind }) => !ENDS.has(kind))?.atMs;
  });
}
