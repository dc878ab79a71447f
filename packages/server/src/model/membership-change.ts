/** Gains, roles and ends of memberships, as the timeline of a room shows them. */
import type { RoomId, UserId } from '@parley/protocol';
import type { RoomRole } from './room.ts';
import type { AccessLostReason } from './room-event.ts';

/** A role: the member has it from now on. */
export type MembershipChangeKind = 'joined' | AccessLostReason | RoomRole;

export interface MembershipChange {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly username: string;
  readonly kind: MembershipChangeKind;
  /** The user themselves, or who added, removed or banned them, or gave the role. */
  readonly actorId: UserId;
  /** Sequence of the room's latest event at that time. */
  readonly afterSequence: number;
  readonly createdAtMs: number;
}

/** The changes behind `from` and up to `to`, both sequences of the log. */
export interface MembershipChangesQuery {
  readonly roomId: RoomId;
  readonly from: number;
  readonly to: number | undefined;
}

/** Maximum number of changes in one answer; the latest are taken. */
export const MEMBERSHIP_CHANGES_MAX = 50;
