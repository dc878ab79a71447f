/** Compares the heads of rooms, for stores that do not compare them themselves. */
import type { RoomId } from '@parley/protocol';
import type { RoomLogHead } from './room-event.ts';

export interface KnownHead {
  readonly roomId: RoomId;
  /** Undefined if no head is known. */
  readonly head: Pick<RoomLogHead['head'], 'sequence' | 'epoch'> | undefined;
}

export interface MovedHeads {
  /** The heads that are not as known. */
  readonly moved: readonly RoomLogHead[];
  /** Rooms that do not exist. */
  readonly missing: readonly RoomId[];
}

/** @param stored The heads of these rooms, as far as they exist. */
export function findMovedHeads(
  known: readonly KnownHead[],
  stored: readonly RoomLogHead[],
): MovedHeads {
  const found = new Map(stored.map((each) => [each.roomId, each]));
  const moved = known.flatMap(({ roomId, head }) => {
    const each = found.get(roomId);
    if (each === undefined) return [];
    const isSame = head?.sequence === each.head.sequence && head.epoch === each.head.epoch;
    return isSame ? [] : [each];
  });
  const missing = known.map(({ roomId }) => roomId).filter((roomId) => !found.has(roomId));
  return { moved, missing };
}
