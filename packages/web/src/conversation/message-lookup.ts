/** Finds loaded messages by id; the index of a list is built once. */
import type { ClientSnapshot, Message, MessageId, RoomId, UserPayload } from '@parley/client';

const INDEXES = new WeakMap<readonly Message[], ReadonlyMap<MessageId, Message>>();

export function findMessage(
  { rooms }: Pick<ClientSnapshot, 'rooms'>,
  roomId: RoomId,
  messageId: MessageId | undefined,
): Message | undefined {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open' || messageId === undefined) return undefined;
  const { messages } = room.log;
  const known = INDEXES.get(messages);
  if (known !== undefined) return known.get(messageId);
  const index = new Map(messages.map((message) => [message.id, message]));
  INDEXES.set(messages, index);
  return index.get(messageId);
}

/** The user's latest message that still has a text; undefined if none is loaded. */
export function lastOwnMessage(
  { rooms, deletions }: Pick<ClientSnapshot, 'rooms' | 'deletions'>,
  roomId: RoomId,
  self: UserPayload,
): MessageId | undefined {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return undefined;
  return room.log.messages.findLast(
    ({ id, userId, content }) => userId === self.id && content !== '' && !deletions.has(id),
  )?.id;
}

/** People who have the room open or wrote in it, without the user. */
export function mentionableNames(
  { rooms }: Pick<ClientSnapshot, 'rooms'>,
  roomId: RoomId,
  self: UserPayload,
): readonly string[] {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return [];
  const members = [...room.members.values()].map(({ username }) => username);
  const names = new Set([...members, ...room.log.messages.map(({ sender }) => sender)]);
  names.delete(self.username);
  return [...names];
}
