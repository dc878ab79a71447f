/**
 * The name of a room or conversation, for every part of the page. An open room keeps the name it was
 * opened with; a later name is in the list, and that of a person in the presence.
 */
import type { ClientSnapshot, Conversation, RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { fullName } from '../people/full-name.ts';

type Named = Pick<ClientSnapshot, 'conversations' | 'directory' | 'presence' | 'rooms'>;

export function conversationName(
  { name, person }: Conversation,
  presence: Named['presence'],
): string {
  const known = person && presence.get(person.id);
  return known === undefined ? name : fullName(known, person?.username ?? name);
}

export function listedRoom({ rooms }: Named['directory'], roomId: RoomId) {
  return rooms.find(({ id }) => id === roomId);
}

/** Undefined if neither the list nor an open room has it. */
export function shownRoomName(snapshot: Named, roomId: RoomId): string | undefined {
  const { conversations, directory, presence, rooms } = snapshot;
  const conversation = conversations.get(roomId);
  if (conversation !== undefined) return conversationName(conversation, presence);
  const listed = listedRoom(directory, roomId);
  if (listed !== undefined) return listed.name;
  const room = rooms.get(roomId);
  return room === undefined || room.kind === 'joining' ? undefined : room.name;
}

export function useShownRoomName(roomId: RoomId): string | undefined {
  return useSnapshot((snapshot) => shownRoomName(snapshot, roomId));
}

/** In a sentence, such as a placeholder: a public room has a hash sign. */
export function useRoomMention(roomId: RoomId): string {
  return useSnapshot((snapshot) => {
    const name = shownRoomName(snapshot, roomId);
    const isPublic = listedRoom(snapshot.directory, roomId)?.visibility !== 'private';
    return name === undefined || !isPublic || snapshot.conversations.has(roomId)
      ? (name ?? '')
      : `#${name}`;
  });
}
