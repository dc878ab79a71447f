/** Finds loaded messages by id. The index of a room grows with its messages. */
import type { ClientSnapshot, Message, MessageId, RoomId, UserPayload } from '@parley/client';

/** Places of the messages of a room by id. */
interface Index {
  readonly firstId: MessageId | undefined;
  lastId: MessageId | undefined;
  length: number;
  readonly places: Map<MessageId, number>;
}

const INDEXES = new Map<RoomId, Index>();

export function findMessage(
  { rooms }: Pick<ClientSnapshot, 'rooms'>,
  roomId: RoomId,
  messageId: MessageId | undefined,
): Message | undefined {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open' || messageId === undefined) return undefined;
  const { messages } = room.log;
  const place = indexOf(roomId, messages).places.get(messageId);
  return place === undefined ? undefined : messages[place];
}

/** Only new messages are added: most changes append one, or replace one in its place. */
function indexOf(roomId: RoomId, messages: readonly Message[]): Index {
  let index = INDEXES.get(roomId);
  const isContinued =
    index !== undefined &&
    index.firstId === messages[0]?.id &&
    index.lastId === messages[index.length - 1]?.id;
  if (index === undefined || !isContinued) {
    index = { firstId: messages[0]?.id, lastId: undefined, length: 0, places: new Map() };
    INDEXES.set(roomId, index);
  }
  for (; index.length < messages.length; index.length += 1) {
    const { id } = messages[index.length] as Message;
    index.places.set(id, index.length);
    index.lastId = id;
  }
  return index;
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
