/** The rules of rooms that a node need not have open, for checks before a write. */

import type { RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { TtlCache } from '../primitives/ttl-cache.ts';

interface RoomCacheDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** A room that no connection of this node has open is read again after this time. */
const ROOM_TTL_MS = 5000;
const ROOMS_MAX = 10_000;

export class RoomCache {
  readonly #dependencies: RoomCacheDependencies;
  readonly #rooms: TtlCache<Room | undefined>;

  constructor(dependencies: RoomCacheDependencies) {
    this.#dependencies = dependencies;
    const options = { ttlMs: ROOM_TTL_MS, entriesMax: ROOMS_MAX };
    this.#rooms = new TtlCache(dependencies.clock, options);
  }

  /** The room as this node has it open, or as it was read lately; undefined if there is none. */
  async find(user: User, id: RoomId): Promise<Room | undefined> {
    const { streams, store } = this.#dependencies;
    const open = streams.get(id)?.room;
    if (open !== undefined) return open;
    const read = () => store.rooms.findRoom({ kind: 'id', id }, user.id);
    return this.#rooms.get(id, async () => (await read())?.room);
  }
}
