/** Channels: rooms that all members of their workspace may read. */

import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom } from './listed-room.ts';

/** Properties of a channel in addition to those of a room. */
export interface Channel extends ListedRoom {
  /** Time since which no new messages are accepted; undefined for an active channel. */
  readonly archivedAtMs: number | undefined;
}

export interface ChannelChange {
  readonly name?: { readonly shown: string; readonly key: string };
  /** Undefined keeps the current state; `null` unarchives the channel. */
  readonly archivedAtMs?: number | null;
}

/** A channel membership of a user who has left the workspace: an unfinished removal. */
export interface StrayMembership {
  readonly roomId: RoomId;
  readonly userId: UserId;
}

export interface ChannelCreation {
  readonly creatorId: UserId;
  /** Whether the creator may manage every workspace of the server. */
  readonly isAdmin: boolean;
  readonly nowMs: number;
}
