/** Sends new settings of a room to those who have the room open, on every node. */

import type { RoomMessage } from '../../model/bus-message.ts';
import type { Room } from '../../model/room.ts';
import { permissionsOf } from '../../model/room-permissions.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { privateKeyOf, toRoomName } from './room-name.ts';

type ChangeNotice = Omit<Extract<RoomMessage, { readonly kind: 'room-changed' }>, 'kind'>;

/** @param except The connection that gets the change as its answer. */
export function announceChange(
  { streams }: { readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'> },
  room: Room,
  except?: ChatConnection | undefined,
): void {
  const { id, name, topic = '', slowModeSeconds = 0, visibility, archivedAtMs } = room;
  const notice: ChangeNotice = {
    ...{ name, topic, slowModeSeconds, visibility, ...permissionsOf(room) },
    archivedAtMs: archivedAtMs ?? null,
    pictureFileId: room.pictureFileId ?? null,
  };
  const stream = streams.get(id);
  if (stream !== undefined) showChange(stream, notice, except);
  streams.send(id, { kind: 'room-changed', ...notice });
}

/** Sends a change to the connections of this node. */
export function showChange(
  stream: ConnectionStream,
  {
    name,
    topic,
    archivedAtMs,
    visibility = stream.room.visibility,
    slowModeSeconds = stream.room.slowModeSeconds ?? 0,
    pictureFileId: picture = stream.room.pictureFileId,
    ...chosen
  }: ChangeNotice,
  except?: ChatConnection | undefined,
): void {
  const former = stream.room.pictureFileId;
  const pictureFileId = picture ?? undefined;
  const shownPicture = pictureFileId ?? (former === undefined ? undefined : null);
  const wasKnown = isKnownToOthers(stream.room);
  const formerKey = wasKnown ? privateKeyOf(stream.room) : stream.room.nameKey;
  const isKnown = isKnownToOthers({ visibility });
  stream.changeRoom({
    ...{ name, visibility, nameKey: isKnown ? toRoomName(name, 'name').key : formerKey },
    topic: topic === '' ? undefined : topic,
    ...permissionsOf({ ...stream.room, ...chosen }),
    slowModeSeconds: slowModeSeconds === 0 ? undefined : slowModeSeconds,
    archivedAtMs: archivedAtMs ?? undefined,
    pictureFileId,
  });
  const others = [...stream.connections()].filter((connection) => connection !== except);
  const { id: roomId } = stream.room;
  const archived = archivedAtMs !== null;
  const permissions = permissionsOf(stream.room);
  const change = { roomId, name, topic, ...permissions, slowModeSeconds, archived };
  const shown = isKnown ? 'public' : 'private';
  const about = shownPicture === undefined ? {} : { pictureFileId: shownPicture };
  broadcast({ kind: 'room-changed', ...change, visibility: shown, ...about }, others);
}
