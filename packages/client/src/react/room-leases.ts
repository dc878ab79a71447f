/** Rooms that mounted components show: open from the first component to the last. */
import type { RoomId } from '@parley/protocol';
import type { Parley } from '../core/parley.ts';

const LEASES = new WeakMap<Parley, Map<RoomId, number>>();

/** Opens the room until the returned function is called, and no other component shows it. */
export function acquireRoom(parley: Parley, roomId: RoomId): () => void {
  const counts = LEASES.get(parley) ?? new Map<RoomId, number>();
  LEASES.set(parley, counts);
  counts.set(roomId, (counts.get(roomId) ?? 0) + 1);
  parley.client.openRoom(roomId);
  return () => {
    const count = (counts.get(roomId) ?? 1) - 1;
    counts.set(roomId, count);
    // After this turn: a component that replaces this one keeps the room open.
    queueMicrotask(() => {
      if (counts.get(roomId) !== 0) return;
      counts.delete(roomId);
      parley.client.leaveRoom(roomId);
    });
  };
}
