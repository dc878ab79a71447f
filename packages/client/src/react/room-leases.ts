/**
 * Rooms that mounted components show: open from the first component until some seconds after the
 * last one, so that a user who comes back finds the room as it was.
 */
import type { RoomId } from '@parley/protocol';
import type { Parley } from '../core/parley.ts';
import { RefCounter, ROOM_GRACE_MAX, ROOM_GRACE_MS } from '../core/ref-counter.ts';

const LEASES = new WeakMap<Parley, RefCounter>();

/** Opens the room until the returned function is called, and no other component shows it. */
export function acquireRoom(parley: Parley, roomId: RoomId): () => void {
  const leases = LEASES.get(parley) ?? createLeases(parley);
  return leases.acquire(roomId);
}

function createLeases(parley: Parley): RefCounter {
  const { client, options } = parley;
  const leases = new RefCounter(options.environment, {
    graceMs: ROOM_GRACE_MS,
    graceMax: ROOM_GRACE_MAX,
    // The names are the ids that were passed in.
    onAcquired: (name) => client.openRoom(name as RoomId),
    onReleased: (name) => {
      client.leaveRoom(name as RoomId);
      return true;
    },
  });
  LEASES.set(parley, leases);
  // A closed client has no timers.
  parley.on('connection', ({ kind }) => {
    if (kind === 'idle') leases.endGrace();
  });
  return leases;
}
