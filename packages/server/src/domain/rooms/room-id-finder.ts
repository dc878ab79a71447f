/** Finds the id of a room that a command refers to by its name. */

import type { RoomId } from '@parley/protocol';
import type { Store } from '../../ports/store.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { idOfOpenRoom } from './connection-room-lookup.ts';
import { findNamedRoom, toNamedRoom } from './room-reference.ts';

export class RoomIdFinder {
  readonly #rooms: Pick<Store['rooms'], 'findRoom'>;

  constructor(rooms: Pick<Store['rooms'], 'findRoom'>) {
    this.#rooms = rooms;
  }

  /**
   * The id of the room with this name. An unknown name is returned as it is, for the command to
   * reject; the command also checks whether the user may access the room.
   */
  async find(connection: ChatConnection, named: string): Promise<RoomId> {
    const id = idOfOpenRoom(connection, named);
    const requested = toNamedRoom(named);
    if (id !== named || requested?.reference.kind !== 'key') return id;
    return (await findNamedRoom(this.#rooms, requested, connection.user.id))?.room.id ?? id;
  }
}
