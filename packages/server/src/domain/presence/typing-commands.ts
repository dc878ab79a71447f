/** `user_typing`: shows the user as typing to the others in a room. */

import type { RoomId } from '@parley/protocol';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection, ConnectionStream } from '../delivery/chat-connection.ts';
import { archived } from '../errors.ts';
import { openRoomOf } from '../rooms/room-reference.ts';
import type { Typing } from './typing.ts';

export interface TypingCommandsDependencies {
  readonly store: Pick<Store, 'workspaces'>;
  readonly typing: Pick<Typing, 'start' | 'stop'>;
}

export interface TypingRequest {
  /** Undefined: the only room that is open on the connection. */
  readonly roomId: RoomId | undefined;
  readonly isTyping: boolean;
}

export class TypingCommands {
  readonly #dependencies: TypingCommandsDependencies;

  constructor(dependencies: TypingCommandsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Waits for the store only if the room is a channel that may be archived.
   *
   * @throws {ChatError} NOT_IN_ROOM, VALIDATION_ERROR; FORBIDDEN in an archived channel.
   */
  set(connection: ChatConnection, { roomId, isTyping }: TypingRequest): void | Promise<void> {
    const { stream } = openRoomOf(connection, roomId);
    if (!isTyping) this.#dependencies.typing.stop(connection, stream);
    else if (stream.room.kind !== 'channel' || stream.isInUse)
      this.#dependencies.typing.start(connection, stream);
    else return this.#startInUse(connection, stream);
  }

  async #startInUse(connection: ChatConnection, stream: ConnectionStream): Promise<void> {
    const { store, typing } = this.#dependencies;
    const { id: roomId } = stream.room;
    const channel = await store.workspaces.findChannel(roomId, connection.user.id);
    if (channel?.archivedAtMs !== undefined) throw archived();
    stream.noteInUse(true);
    // The room may have been closed on this connection meanwhile.
    if (connection.openRoom(roomId)?.stream === stream) typing.start(connection, stream);
  }
}
