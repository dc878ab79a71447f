/** Links that let people in: to the server, to rooms, or to a workspace. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';

export interface Invite {
  readonly id: string;
  /** Only the creator has the token of the link. */
  readonly tokenDigest: string;
  readonly creatorId: UserId;
  readonly roomIds: readonly RoomId[];
  readonly workspaceId: WorkspaceId | undefined;
  /** Role on the server of accounts that are made with it; absent for members. */
  readonly role?: 'guest';
  /** The link is mailed there, and known nowhere else. */
  readonly email?: string;
  /** Maximum number of users; undefined if there is none. */
  readonly usesMax: number | undefined;
  /** Number of users who were let in. */
  readonly useCount: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A user who is let in. A user who uses the same link again counts once. */
export interface InviteUse {
  readonly inviteId: string;
  readonly userId: UserId;
  /** Of the user's client; empty if unknown. */
  readonly address: string;
  readonly nowMs: number;
}

/** Whether the link lets in a user who has not used it before. */
export function hasPlace({ usesMax, useCount }: Pick<Invite, 'usesMax' | 'useCount'>): boolean {
  return usesMax === undefined || useCount < usesMax;
}
