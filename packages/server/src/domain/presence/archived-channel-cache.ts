/**
 * Whether a channel is archived, for typing: a frame per keystroke must not ask the store. A change
 * on another node counts after the TTL.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import type { WorkspaceStore } from '../../ports/workspace-store.ts';
import { TtlCache } from '../primitives/ttl-cache.ts';

const TTL_MS = 5000;
const CHANNELS_MAX = 10_000;

export class ArchivedChannelCache {
  readonly #workspaces: Pick<WorkspaceStore, 'findChannel'>;
  readonly #channels: TtlCache<boolean>;

  constructor(workspaces: Pick<WorkspaceStore, 'findChannel'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#workspaces = workspaces;
    this.#channels = new TtlCache(clock, { ttlMs: TTL_MS, entriesMax: CHANNELS_MAX });
  }

  /** @param userId A user who may read the channel. */
  has(roomId: RoomId, userId: UserId): Promise<boolean> {
    return this.#channels.get(roomId, async () => {
      const channel = await this.#workspaces.findChannel(roomId, userId);
      return channel?.room.archivedAtMs !== undefined;
    });
  }

  /** The channel was archived or unarchived. */
  forget(roomId: RoomId): void {
    this.#channels.forget(roomId);
  }
}
