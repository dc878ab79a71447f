/** Why the user cannot write in a room that is open. */
import type { RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { useNow } from '../hooks/use-now.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';

export type ReadOnlyReason = 'archived' | 'muted' | 'moderators' | 'deleted';

/** Whether reactions are accepted. */
export function acceptsReactions(reason: ReadOnlyReason | undefined): boolean {
  return reason === undefined || reason === 'moderators';
}

/** Interval at which the page checks whether a mute has ended. */
const CHECK_MS = 5_000;

export function useReadOnly(roomId: RoomId): ReadOnlyReason | undefined {
  const room = useSnapshot(({ directory }) => listedRoom(directory, roomId));
  const { mutedUntil } = room ?? {};
  const nowMs = useNow(mutedUntil ? CHECK_MS : 0);
  if (room?.archived === true) return 'archived';
  if (mutedUntil && Date.parse(mutedUntil) > nowMs) return 'muted';
  const isRestricted = room?.posting === 'moderators' && room.canModerate !== true;
  return isRestricted ? 'moderators' : undefined;
}
