/** Channels: rooms that all members of their workspace may read. */

import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom } from './listed-room.ts';

/** What a channel is, beside a room. */
export interface Channel extends ListedRoom {
  /** Since when nothing new is said in it; undefined for one that is in use. */
  readonly archivedAtMs: number | undefined;
}

export interface ChannelChange {
  readonly name?: { readonly shown: string; readonly key: string };
  /** Undefined leaves it as it is, `null` takes it into use again. */
  readonly archivedAtMs?: number | null;
}

/** A membership of a channel whose holder has left the workspace: what is left of a removal. */
export interface StrayMembership {
  readonly roomId: RoomId;
  readonly userId: UserId;
}
