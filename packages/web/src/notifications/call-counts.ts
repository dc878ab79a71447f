/** Counts that call for the user: the messages that the notification levels select. Pure. */
import {
  type ClientSnapshot,
  notificationLevelOf,
  type RoomId,
  type UserPayload,
  unreadOf,
} from '@parley/client';

export type CallCounts = ReadonlyMap<RoomId, number>;

export function callCounts(snapshot: ClientSnapshot, self: UserPayload): CallCounts {
  const { rooms, unread } = snapshot;
  const counts = new Map<RoomId, number>();
  for (const roomId of new Set([...unread.keys(), ...rooms.keys()])) {
    const level = notificationLevelOf(snapshot, roomId);
    if (level === 'nothing') continue;
    const { unreadCount, mentionCount } = unreadOf(rooms.get(roomId), unread.get(roomId), self);
    const count = level === 'all' ? unreadCount : mentionCount;
    if (count > 0) counts.set(roomId, count);
  }
  return counts;
}

export function totalOf(counts: CallCounts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
