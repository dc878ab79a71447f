/** Sends new settings of a room to those who have the room open, on every node. */

import type { RoomMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { toRoomName } from './room-name.ts';

type ChangeNotice = Omit<Extract<RoomMessage, { readonly kind: 'room-changed' }>, 'kind'>;

/** @param except The connection that gets the change as its answer. */
export function announceChange(
  { streams }: { readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'> },
  { id, name, topic = '', posting, archivedAtMs }: Room,
  except?: ChatConnection | undefined,
): void {
  const notice: ChangeNotice = {
    ...{ name, topic },
    posting: posting ?? 'members',
    archivedAtMs: archivedAtMs ?? null,
  };
  const stream = streams.get(id);
  if (stream !== undefined) showChange(stream, notice, except);
  streams.send(id, { kind: 'room-changed', ...notice });
}

/** Sends a change to the connections of this node. */
export function showChange(
  stream: ConnectionStream,
  { name, topic, posting, archivedAtMs }: ChangeNotice,
  except?: ChatConnection | undefined,
): void {
  const { nameKey } = stream.room;
  stream.changeRoom({
    ...{ name, nameKey: isKnownToOthers(stream.room) ? toRoomName(name, 'name').key : nameKey },
    topic: topic === '' ? undefined : topic,
    posting: posting === 'members' ? undefined : posting,
    archivedAtMs: archivedAtMs ?? undefined,
  });
  const others = [...stream.connections()].filter((connection) => connection !== except);
  const { id: roomId } = stream.room;
  const archived = archivedAtMs !== null;
  broadcast({ kind: 'room-changed', roomId, name, topic, posting, archived }, others);
}
