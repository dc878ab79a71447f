/** Work that remains after the deletion of an account, or of messages of a user: in steps if it is more than a message. */
import type { RoomId, UserId } from '@parley/protocol';
import type { MessagePlace } from './message.ts';

/** Whether the messages of a deleted account stay. */
export type MessagesOfDeleted = 'keep' | 'delete';

export interface Removal {
  readonly id: string;
  readonly userId: UserId;
  /** The account is deleted: its memberships end. */
  readonly isOfAccount: boolean;
  readonly deletesMessages: boolean;
  /** The only message that is deleted, in place of all of the user. */
  readonly message: MessagePlace | undefined;
  /** The messages in the rooms up to this one are deleted; rooms are in the order of their ids. */
  readonly afterRoomId: RoomId | undefined;
  /** In the room that follows, the messages up to this sequence are. */
  readonly afterSequence: number;
  /** Messages that are deleted by now. */
  readonly messageCount: number;
}

export type RemovalProgress = Pick<Removal, 'afterRoomId' | 'afterSequence' | 'messageCount'>;

/** When accounts expire whose e-mail address was to be confirmed, and was not. */
export interface ConfirmationExpiry {
  /** Accounts that are older expire. */
  readonly createdBeforeMs: number;
  /** Links that are valid at this time still confirm an address. */
  readonly nowMs: number;
}

/** The end of an account: its new names, and the work that remains. */
export interface AccountDeletion {
  readonly userId: UserId;
  /** The account is only deleted if it has expired; then its username is free for others. */
  readonly expiry?: ConfirmationExpiry | undefined;
  /** In place of the name, which no other account gets. */
  readonly username: string;
  readonly displayName: string;
  readonly messages: MessagesOfDeleted;
  readonly removalId: string;
}
