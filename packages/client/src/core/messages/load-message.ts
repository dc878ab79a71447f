/** Loads one message of a room. Outside of the classes, so that pages load it when they need it. */
import type { RoomId, ServerFrames } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import { type Message, toMessage } from './message.ts';

/**
 * The message with this id or sequence; undefined if the room has none.
 *
 * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function loadMessage(
  { http }: { readonly http: Pick<Http, 'call'> },
  roomId: RoomId,
  position: string | number,
): Promise<Message | undefined> {
  const query = `around=${encodeURIComponent(position)}&limit=1`;
  const path = `/api/rooms/${encodeURIComponent(roomId)}/messages?${query}`;
  // The server documents the answer of this route.
  const { messages } = (await http.call('GET', path)) as ServerFrames['history'];
  const found = messages.find(({ id, sequence }) => id === position || sequence === position);
  return found && toMessage(found);
}
