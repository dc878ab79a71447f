/** The room or conversation that was open last in this browser, and for whom. */
import type { RoomId, UserId } from '@parley/client';

const STORAGE_KEY = 'parley.last-room';

/** Undefined if another user was here last. */
export function readLastRoom(userId: UserId): RoomId | undefined {
  try {
    const [owner, roomId] = (localStorage.getItem(STORAGE_KEY) ?? '').split('/');
    // Compared with the rooms that the user has, never trusted.
    return owner === userId ? (roomId as RoomId) : undefined;
  } catch {
    // Storage can be forbidden.
    return undefined;
  }
}

export function storeLastRoom(userId: UserId, roomId: RoomId): void {
  try {
    localStorage.setItem(STORAGE_KEY, `${userId}/${roomId}`);
  } catch {
    // Storage is forbidden, as above.
  }
}
