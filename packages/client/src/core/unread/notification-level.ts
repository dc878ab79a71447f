/** Which messages of a room call for the user: as chosen, or the default of its kind. Pure. */
import type { NotificationLevel, RoomId } from '@parley/protocol';
import type { ClientSnapshot } from '../snapshot.ts';

export function notificationLevelOf(
  { conversations, unread }: Pick<ClientSnapshot, 'conversations' | 'unread'>,
  roomId: RoomId,
): NotificationLevel {
  const isDirect = conversations.get(roomId)?.kind === 'direct';
  return unread.get(roomId)?.notificationLevel ?? (isDirect ? 'all' : 'mentions');
}
