/** Puts the ids of rooms in place of their names in the payload of a command, for every dialect. */
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';

interface Searcher {
  readonly chat: Pick<Chat, 'roomIds'>;
  readonly connection: Pick<ChatConnection, 'user'> & Partial<Pick<ChatConnection, 'openRooms'>>;
}

const ROOM_FIELDS = ['roomId', 'channelId', 'conversationId'] as const;
/** They find or create the room themselves. */
const JOINS: ReadonlySet<string> = new Set(['join_room', 'room:join']);

/** Returns a promise only if a name has to be looked up in the store. */
export function withRoomIds<Payload>(
  searcher: Searcher,
  name: string,
  payload: Payload,
): Payload | Promise<Payload> {
  if (JOINS.has(name) || typeof payload !== 'object' || payload === null) return payload;
  const { rooms } = payload as { readonly rooms?: unknown };
  if (!Array.isArray(rooms)) return withRoomId(searcher, payload);
  const resolved = rooms.map((room: object) => withRoomId(searcher, room));
  if (resolved.every((room, index) => room === rooms[index])) return payload;
  return Promise.all(resolved).then((all) => ({ ...payload, rooms: all }));
}

function withRoomId<Payload extends object>(
  { chat, connection }: Searcher,
  payload: Payload,
): Payload | Promise<Payload> {
  const values = payload as Readonly<Record<string, unknown>>;
  for (const field of ROOM_FIELDS) {
    const requested = values[field];
    if (typeof requested !== 'string') continue;
    const found = chat.roomIds.find(connection, requested);
    if (found === requested) return payload;
    if (typeof found === 'string') return { ...payload, [field]: found };
    return found.then((id) => ({ ...payload, [field]: id }));
  }
  return payload;
}
