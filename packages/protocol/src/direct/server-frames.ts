/** Frames that the server sends at `/messagepal`: their fields apart from `type`. */
import type { FlatErrorBody } from '../channels/server-frames.ts';
import type { ClientMessageId, Epoch, MessageId, RoomId, UserId } from '../ids.ts';
import type { PresenceStatus } from '../native/server-frames.ts';

export interface DirectMessage {
  readonly id: MessageId;
  readonly conversationId: RoomId;
  readonly senderId: UserId;
  readonly senderName: string;
  readonly recipientId: UserId;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sequence: number;
  /** Time when the recipient first read it. */
  readonly readAt?: string;
  readonly clientMessageId?: ClientMessageId;
  readonly editedAt?: string;
  /** If present, `content` is empty. */
  readonly deleted?: true;
}

interface DirectChange {
  readonly conversationId: RoomId;
  readonly messageId: MessageId;
  readonly sequence: number;
}

export interface DirectServerFrames {
  readonly connected: { readonly userId: UserId; readonly role: string };
  readonly message_received: {
    readonly message: DirectMessage;
    readonly clientMessageId?: ClientMessageId;
  };
  readonly message_edited: DirectChange & { readonly content: string; readonly editedAt: string };
  readonly message_deleted: DirectChange;
  readonly user_typing: {
    readonly userId: UserId;
    readonly conversationId: RoomId;
    readonly isTyping: boolean;
  };
  /** The partner of a subscribed conversation. */
  readonly user_presence: { readonly userId: UserId; readonly status: PresenceStatus };
  readonly message_read: {
    readonly messageId: MessageId;
    readonly conversationId: RoomId;
    readonly userId: UserId;
    readonly readAt: string;
  };
  readonly history_response: {
    readonly conversationId: RoomId;
    readonly messages: readonly DirectMessage[];
    readonly hasMore: boolean;
  };
  readonly subscribed: {
    readonly conversationId: RoomId;
    readonly headSequence: number;
    /** Retention has deleted all events of the room below this sequence. */
    readonly firstSequence?: number;
    readonly epoch: Epoch;
    readonly truncated: boolean;
  };
  readonly unsubscribed: { readonly conversationId: RoomId };
  readonly error: FlatErrorBody & {
    readonly conversationId?: RoomId;
    readonly recipientId?: UserId;
  };
  readonly pong: object;
}
