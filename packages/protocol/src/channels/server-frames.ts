/** Frames that the server sends at `/ws/chat`: their fields apart from `type`. */
import type { Attachment } from '../attachments.ts';
import type { ErrorCode, SentErrorDetails } from '../errors.ts';
import type { ClientMessageId, Epoch, MessageId, RoomId, UserId } from '../ids.ts';
import type { PresenceStatus } from '../native/server-frames.ts';

export interface ChannelMessage {
  readonly id: MessageId;
  readonly channelId: RoomId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sequence: number;
  /** Users who have read the message, the author included; at most 100. */
  readonly readBy: readonly UserId[];
  readonly clientMessageId?: ClientMessageId;
  readonly replyTo?: MessageId;
  /** As they were sent. */
  readonly attachments?: readonly Attachment[];
  readonly editedAt?: string;
  /** If present, `content` is empty and there are no attachments. */
  readonly deleted?: true;
}

interface ChannelPerson {
  readonly channelId: RoomId;
  readonly userId: UserId;
  readonly username: string;
}

interface ChannelChange {
  readonly channelId: RoomId;
  readonly messageId: MessageId;
  readonly sequence: number;
}

export interface ChannelServerFrames {
  readonly connected: { readonly userId: UserId; readonly username: string };
  readonly joined_channel: {
    readonly channelId: RoomId;
    readonly headSequence: number;
    /** Retention has deleted all events of the room below this sequence. */
    readonly firstSequence?: number;
    readonly epoch: Epoch;
    readonly truncated: boolean;
  };
  readonly user_presence: ChannelPerson & { readonly status: PresenceStatus };
  readonly new_message: { readonly message: ChannelMessage };
  readonly message_sent: {
    readonly clientMessageId?: ClientMessageId;
    readonly message: ChannelMessage;
  };
  readonly message_edited: ChannelChange & { readonly content: string; readonly editedAt: string };
  readonly message_deleted: ChannelChange;
  readonly user_typing: ChannelPerson & { readonly isTyping: boolean };
  readonly message_read: {
    readonly channelId: RoomId;
    readonly messageId: MessageId;
    readonly userId: UserId;
  };
  readonly error: FlatErrorBody & { readonly channelId?: RoomId };
  readonly pong: object;
}

/** An `error` of a dialect without an envelope. Without `originalType` it answers no frame. */
export interface FlatErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Of `FORBIDDEN` for what a muted user writes. */
  readonly details?: SentErrorDetails;
  readonly originalType?: string;
  readonly clientMessageId?: ClientMessageId;
}

/** A frame with its fields beside its `type`. */
export type FlatFrameOf<Frames> = {
  readonly [T in keyof Frames & string]: { readonly type: T } & Frames[T];
}[keyof Frames & string];
