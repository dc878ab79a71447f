/** Commands that become events of a room's log. */
import type {
  Attachment,
  ClientMessageId,
  Mentions,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';
import type { AccessLostReason } from './room-event.ts';

interface CommandBase {
  readonly roomId: RoomId;
  /** Whose command it is: membership and permission are theirs. */
  readonly userId: UserId;
  readonly clientMessageId: ClientMessageId | undefined;
  /** Digest of what was asked for: tells a retry from another command under the same id. */
  readonly fingerprint: string;
  /** When it was admitted. The stored time is never before that of the event before it. */
  readonly admittedAtMs: number;
}

/** A command that becomes an event of a room's log. `messageId` is what it is about. */
export type LogCommand = CommandBase &
  (
    | {
        readonly kind: 'message';
        /** The id that the message gets, if this attempt is the one that stores it. */
        readonly messageId: MessageId;
        readonly content: string;
        readonly mentions: Mentions;
        readonly attachments: readonly Attachment[];
        /** What it replies to; a reply to a reply belongs to the same thread. */
        readonly parentId: MessageId | undefined;
      }
    | {
        readonly kind: 'edit';
        readonly messageId: MessageId;
        readonly content: string;
        readonly mentions: Mentions;
      }
    | { readonly kind: 'deletion'; readonly messageId: MessageId }
    | { readonly kind: 'pin'; readonly messageId: MessageId }
    | { readonly kind: 'unpin'; readonly messageId: MessageId }
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
         * Ends the subject's membership; `banned` also keeps them from another one. A room that has
         * no owner by that goes to the person who has been its member longest.
         */
        readonly kind: 'access-lost';
        readonly subjectId: UserId;
        readonly reason: AccessLostReason;
      }
  );

export type CommandOf<K extends LogCommand['kind']> = Extract<LogCommand, { readonly kind: K }>;
