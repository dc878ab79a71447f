/** Links that let people in. */
import type { UserId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type { Invite, InviteUse } from '../model/invite.ts';
import type { TimeCursor } from '../model/page.ts';

export interface InviteStore {
  /**
   * Stores an invite, and deletes those of its creator that have expired. Stores nothing and returns
   * false if the creator has `storedMax` others. With an address, its mail is queued.
   */
  insertInvite(invite: Invite, storedMax: number, by: By): Promise<boolean>;
  /** Also one that has expired or has no place left. */
  findInvite(tokenDigest: string): Promise<Invite | undefined>;
  /** Gives the invite a link in place of the former one. Undefined if it was deleted or has expired. */
  renewToken(id: string, tokenDigest: string, nowMs: number): Promise<Invite | undefined>;
  /** Those of a user that have not expired, or all of all users, latest first. */
  listInvites(
    creatorId: UserId | undefined,
    page: { readonly nowMs: number; readonly limit: number; readonly after?: TimeCursor },
  ): Promise<Invite[]>;
  /** Returns whether the creator, or any user, had this invite. */
  deleteInvite(id: string, creatorId: UserId | undefined, by: By): Promise<boolean>;
  /**
   * Counts a user who is let in (`open`), unless the user was counted before (`used`). `closed`: the
   * invite has expired, was deleted, or has no place left. Concurrent calls never exceed `usesMax`.
   */
  takePlace(use: InviteUse): Promise<'open' | 'used' | 'closed'>;
}
