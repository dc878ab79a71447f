/** Opens the search with the conversation as its filter. Loaded on the first use. */
import type { RoomId } from '@parley/client';
import type { Chat } from '../chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import { searchPath } from './search-address.ts';
import { withFilter } from './search-filters.ts';

export function searchInRoom({ client }: Pick<Chat, 'client'>, roomId: RoomId): void {
  const snapshot = client.getSnapshot();
  const { person } = snapshot.conversations.get(roomId) ?? {};
  const value = person ? `@${person.username}` : (shownRoomName(snapshot, roomId) ?? roomId);
  navigate(searchPath({ text: withFilter('', { name: 'in', value }), sort: 'newest' }));
}
