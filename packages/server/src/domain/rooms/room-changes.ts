/** Sends new settings of a room to those who have the room open, on every node. */

import type { RoomMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { privateKeyOf, toRoomName } from './room-name.ts';

type ChangeNotice = Omit<Extract<RoomMessage, { readonly kind: 'room-changed' }>, 'kind'>;

/** @param except The connection that gets the change as its answer. */
export function announceChange(
  { streams }: { readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'> },
  { id, name, topic = '', posting, visibility, archivedAtMs }: Room,
  except?: ChatConnection | undefined,
): void {
  const notice: ChangeNotice = {
    ...{ name, topic, visibility },
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
  { name, topic, posting, archivedAtMs, visibility = stream.room.visibility }: ChangeNotice,
  except?: ChatConnection | undefined,
): void {
  const { kind } = stream.room;
  const wasKnown = isKnownToOthers(stream.room);
  const formerKey = wasKnown ? privateKeyOf(stream.room) : stream.room.nameKey;
  const isKnown = isKnownToOthers({ kind, visibility });
  stream.changeRoom({
    ...{ name, visibility, nameKey: isKnown ? toRoomName(name, 'name').key : formerKey },
    topic: topic === '' ? undefined : topic,
    posting: posting === 'members' ? undefined : posting,
    archivedAtMs: archivedAtMs ?? undefined,
  });
  const others = [...stream.connections()].filter((connection) => connection !== except);
  const { id: roomId } = stream.room;
  const archived = archivedAtMs !== null;
  const change = { roomId, name, topic, posting, archived };
  const shown = isKnown ? 'public' : 'private';
  broadcast({ kind: 'room-changed', ...change, visibility: shown }, others);
}
