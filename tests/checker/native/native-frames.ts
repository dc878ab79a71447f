/** The frames of the native dialect that the peer reads, except those of a room's log. */
import type { SnapshotPayload } from './held-room.ts';

export interface RejectedRoom {
  readonly roomId: string;
  readonly error: { readonly code: string };
}

interface MemberPayload {
  readonly userId: string;
  readonly status: string;
  readonly statusText?: string;
}

/** Part of the answer to a join or resume, and a frame of its own. */
export interface MemberPage {
  readonly members: readonly MemberPayload[];
  readonly memberCount: number;
}

export type ResumedRoom = (SnapshotPayload & MemberPage) | RejectedRoom;

export interface RoomListPage {
  readonly rooms: readonly { readonly id: string; readonly unreadCount: number }[];
  readonly hasMore: boolean;
}

export interface OwnRoom {
  readonly id: string;
  readonly kind: string;
  readonly headSequence: number;
  readonly epoch: string;
}

export interface Frame {
  readonly type: string;
  readonly payload: never;
  readonly replyTo?: string;
}
