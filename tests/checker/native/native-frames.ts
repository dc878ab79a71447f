/** The frames of the native dialect that the peer reads, except those of a room's log. */
import type { SnapshotPayload } from './held-room.ts';

export interface RejectedRoom {
  readonly roomId: string;
  readonly error: { readonly code: string };
}

export type ResumedRoom = SnapshotPayload | RejectedRoom;

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
