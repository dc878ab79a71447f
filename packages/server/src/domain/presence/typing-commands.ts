/** `user_typing`: shows the user as typing to the others in a room. */

import type { RoomId } from '@parley/protocol';
import { permits } from '../../model/role-table.ts';
import { mayAnnounce } from '../../model/room-policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { openRoomOf, whenOpened } from '../delivery/connection-room-lookup.ts';
import { archived } from '../errors.ts';
import type { ArchivedChannelCache } from './archived-channel-cache.ts';
import type { Typing } from './typing.ts';

interface TypingCommandsDependencies {
  readonly store: { readonly rooms: Pick<RoomStore, 'findRoom'> };
  readonly archivedChannelCache: Pick<ArchivedChannelCache, 'has'>;
  readonly typing: Pick<Typing, 'start' | 'stop'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'isMuted'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface TypingRequest {
  /** Undefined: the only room that is open on the connection. */
  readonly roomId: RoomId | undefined;
  readonly isTyping: boolean;
}

/** @throws {ChatError} NOT_IN_ROOM, VALIDATION_ERROR; FORBIDDEN in an archived room. */
export function setTyping(
  dependencies: TypingCommandsDependencies,
  connection: ChatConnection,
  { roomId, isTyping }: TypingRequest,
): void | Promise<void> {
  const opening = whenOpened(connection, roomId);
  if (opening !== undefined) {
    return opening.then(() => setTyping(dependencies, connection, { roomId, isTyping }));
  }
  const { stream } = openRoomOf(connection, roomId);
  if (!isTyping) dependencies.typing.stop(connection, stream);
  else if (stream.room.archivedAtMs !== undefined) throw archived();
  else if (isMuted(dependencies, connection, stream)) return;
  else if (stream.room.posting === 'moderators' && !permits('announce', connection.user)) {
    return startIfWriter(dependencies, connection, stream);
  } else if (stream.room.kind !== 'channel') dependencies.typing.start(connection, stream);
  else return startInChannel(dependencies, connection, stream);
}

/** A muted user is not shown typing, without an error: the page reports typing by itself. */
function isMuted(
  { connectedUsers, clock }: TypingCommandsDependencies,
  { user }: ChatConnection,
  { room }: ConnectionStream,
): boolean {
  return connectedUsers.isMuted(user.id, room.id, clock.nowMs());
}

/** Only those who may write are shown typing, without an error, as of a muted user. */
async function startIfWriter(
  dependencies: TypingCommandsDependencies,
  connection: ChatConnection,
  stream: ConnectionStream,
): Promise<void> {
  const { id, kind } = stream.room;
  const found = await dependencies.store.rooms.findRoom({ kind: 'id', id }, connection.user.id);
  const { role } = connection.user;
  const mayWrite = found?.role !== undefined && mayAnnounce({ role, roomRole: found.role }, kind);
  if (!mayWrite || found.room.archivedAtMs !== undefined) return;
  if (connection.openRoom(id)?.stream === stream) dependencies.typing.start(connection, stream);
}

async function startInChannel(
  { archivedChannelCache, typing }: TypingCommandsDependencies,
  connection: ChatConnection,
  stream: ConnectionStream,
): Promise<void> {
  const { id: roomId } = stream.room;
  if (await archivedChannelCache.has(roomId, connection.user.id)) throw archived();
  // The room may have been closed on this connection meanwhile.
  if (connection.openRoom(roomId)?.stream === stream) typing.start(connection, stream);
}
