/** Sends a new name or topic of a room to those who have the room open, on every node. */

import type { RoomMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';

type ChangeNotice = Omit<Extract<RoomMessage, { readonly kind: 'room-changed' }>, 'kind'>;

/** @param except The connection that gets the change as its answer. */
export function announceChange(
  { streams }: { readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'> },
  { id, name, topic = '' }: Room,
  except?: ChatConnection | undefined,
): void {
  const stream = streams.get(id);
  if (stream !== undefined) showChange(stream, { name, topic }, except);
  streams.send(id, { kind: 'room-changed', name, topic });
}

/** Sends a change to the connections of this node. */
export function showChange(
  stream: ConnectionStream,
  { name, topic }: ChangeNotice,
  except?: ChatConnection | undefined,
): void {
  const others = [...stream.connections()].filter((connection) => connection !== except);
  broadcast({ kind: 'room-changed', roomId: stream.room.id, name, topic }, others);
}
