/** Commands that become events of a room's log. */
import type {
  Attachment,
  ClientMessageId,
  Mentions,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';
import { FLAG_COMMANDS, type FlagCommand } from './message-flags.ts';
import type { ReadPosition } from './read-receipt.ts';
import type { Restriction } from './restriction.ts';
import type { AccessLostReason } from './room-event.ts';

/** Increases with every change of these fields. */
const FIELDS_VERSION = 3;

/**
 * A node hands commands only to nodes of the same version: another one might ignore a field, and
 * store the command without it. Each new flag makes it a later version.
 */
export const LOG_COMMAND_VERSION = FIELDS_VERSION + Object.keys(FLAG_COMMANDS).length;

interface CommandBase {
  readonly roomId: RoomId;
  /** Author of the command, whose membership and permissions apply. */
  readonly userId: UserId;
  readonly clientMessageId: ClientMessageId | undefined;
  /** Digest of the request: distinguishes a retry from another command with the same id. */
  readonly fingerprint: string;
  /** Time of admission. The stored time is never before that of the previous event. */
  readonly admittedAtMs: number;
  /** Of the author's client, for the audit log; absent for commands that it never records. */
  readonly address?: string;
}

/** A user outside of the room whom a text mentions, and who comes with the text, or not at all. */
export interface Admission {
  readonly userId: UserId;
  /** Invited: the user is asked first. */
  readonly as: 'member' | 'invited';
  /** The read position of a new member; default directly before the event. */
  readonly readUpTo?: ReadPosition | undefined;
}

/**
 * A command that becomes an event of a room's log. `messageId` is the message that it stores or
 * changes.
 */
export type LogCommand = CommandBase &
  (
    | {
        readonly kind: 'message';
        /** Id of the new message, if this attempt stores it. */
        readonly messageId: MessageId;
        readonly content: string;
        readonly mentions: Mentions;
        readonly attachments: readonly Attachment[];
        /** The message replied to; a reply to a reply belongs to the same thread. */
        readonly parentId: MessageId | undefined;
        /** A reply that is also a message of the room. */
        readonly alsoToRoom?: boolean | undefined;
        /** Absent if there are none. */
        readonly admits?: readonly Admission[];
      }
    | {
        readonly kind: 'edit';
        readonly messageId: MessageId;
        readonly content: string;
        readonly mentions: Mentions;
        /** The message mentions the same users as before, and those of `mentions`. */
        readonly keepsMentions?: true;
        readonly admits?: readonly Admission[];
      }
    | {
        readonly kind: 'deletion';
        readonly messageId: MessageId;
        /** Of all messages of the author, who need not be a member any more. */
        readonly isRemoval?: true;
      }
    | { [K in FlagCommand]: { readonly kind: K; readonly messageId: MessageId } }[FlagCommand]
    | {
        readonly kind: 'reaction-added';
        readonly messageId: MessageId;
        readonly emoji: string;
      }
    | {
        readonly kind: 'reaction-removed';
        readonly messageId: MessageId;
        readonly emoji: string;
      }
    | {
        /**
         * Ends the subject's membership; `banned` also prevents a new one. If the room then has no
         * owner, another member becomes the owner: `stores/sql/heirs.ts`.
         */
        readonly kind: 'access-lost';
        readonly subjectId: UserId;
        readonly reason: AccessLostReason;
        /** Of `banned`; default a ban without an end. */
        readonly ban?: Restriction | undefined;
      }
  );

export type CommandOf<K extends LogCommand['kind']> = Extract<LogCommand, { readonly kind: K }>;

/** Whether a command may be an act on others: which the audit log records. */
export function mayBeAudited(kind: LogCommand['kind']): boolean {
  return kind === 'deletion' || kind === 'access-lost';
}
