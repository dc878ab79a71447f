/** Channels: rooms that all members of their workspace may read. */

import type { RoomId, UserId } from '@parley/protocol';

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
