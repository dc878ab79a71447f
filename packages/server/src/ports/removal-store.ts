import type { UserId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type {
  AccountDeletion,
  ConfirmationExpiry,
  Removal,
  RemovalProgress,
} from '../model/removal.ts';

/** Deletions of accounts and of all messages of a user, and how far they are. */
export interface RemovalStore {
  /**
   * Atomically takes the names and all data of the account that no other user needs, ends its
   * sessions, and notes the removal of the rest. Does nothing if the server would have no enabled owner
   * left, if there is no such account, or no longer, or if the roles of actor and account, as they are in the
   * transaction, do not permit it. Returns the keys of the sessions that it ended.
   */
  deleteAccount(
    deletion: AccountDeletion,
    by: By,
  ): Promise<string[] | 'last-owner' | 'forbidden' | 'unknown'>;
  /**
   * Accounts that never confirmed the e-mail address that they had to, and are a member of nothing, by id:
   * the oldest first; after the given one.
   */
  listExpiredAccounts(
    expiry: ConfirmationExpiry,
    after: UserId | undefined,
    limit: number,
  ): Promise<readonly UserId[]>;
  /** Notes that all messages of a user of a lower role are to be deleted. */
  insertPurge(
    purge: { readonly id: string; readonly userId: UserId },
    by: By,
  ): Promise<'noted' | 'absent' | 'forbidden'>;
  /**
   * Returns a removal that is due, and lets it be due again at another time: until then, no other node
   * takes it. Of two concurrent calls one gets it.
   */
  takeRemoval(at: {
    readonly nowMs: number;
    readonly dueAtMs: number;
  }): Promise<Removal | undefined>;
  /** Notes how far a removal is, and when it is due again if its node does not go on. */
  saveRemoval(id: string, progress: RemovalProgress & { readonly dueAtMs: number }): Promise<void>;
  /** Everything is done. */
  deleteRemoval(id: string): Promise<void>;
}
