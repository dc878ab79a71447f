import type {
  Attachment,
  ClientMessageId,
  ErrorCode,
  MessageId,
  RoomId,
  UserId,
} from '@parley/protocol';

/** Messages that one user has scheduled, also those that could not be sent. */
export const SCHEDULED_MESSAGES_MAX = 100;

/** A message that is sent later. */
export interface ScheduledMessage {
  readonly userId: UserId;
  readonly id: string;
  readonly roomId: RoomId;
  readonly parentId: MessageId | undefined;
  /** A reply is also a message of the room. */
  readonly alsoToRoom: boolean;
  readonly content: string;
  /** As the message will have them. Its files are held for it. */
  readonly attachments: readonly Attachment[];
  readonly createdAtMs: number;
  readonly sendAtMs: number;
  /** Why it was not sent; it waits for its author. */
  readonly failure: ErrorCode | undefined;
}

/** The key of the message when it is sent. The prefix: no message of a client has it. */
export function keyOfScheduled(id: string): ClientMessageId {
  return `scheduled:${id}` as ClientMessageId;
}

/** A change of a scheduled message; undefined stays as it is. */
export interface ScheduledEdit {
  readonly content: string | undefined;
  readonly attachments: readonly Attachment[] | undefined;
  readonly sendAtMs: number | undefined;
}

/** The state of a scheduled message after a change, for its author. */
export interface ScheduledChange {
  readonly scheduledId: string;
  readonly roomId: RoomId;
  readonly state: 'waiting' | 'sent' | 'failed' | 'cancelled';
  readonly failure: ErrorCode | undefined;
}

/** The end of an attempt: `later` keeps it locked if the message is perhaps sent. */
export type ScheduledOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly failure: ErrorCode }
  | { readonly kind: 'later'; readonly dueAtMs: number; readonly isTaken: boolean };
