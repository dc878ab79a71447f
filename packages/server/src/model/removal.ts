/** Work that remains, in steps, after the deletion of an account or of all messages of a user. */
import type { RoomId, UserId } from '@parley/protocol';

/** Whether the messages of a deleted account stay. */
export type MessagesOfDeleted = 'keep' | 'delete';

export interface Removal {
  readonly id: string;
  readonly userId: UserId;
  /** The account is deleted: its memberships end. */
  readonly isOfAccount: boolean;
  readonly deletesMessages: boolean;
  /** The messages in the rooms up to this one are deleted; rooms are in the order of their ids. */
  readonly afterRoomId: RoomId | undefined;
}

/** The end of an account: its new names, and the work that remains. */
export interface AccountDeletion {
  readonly userId: UserId;
  /** In place of the name, which no other account gets. */
  readonly username: string;
  readonly displayName: string;
  readonly messages: MessagesOfDeleted;
  readonly removalId: string;
}
