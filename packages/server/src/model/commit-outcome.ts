/** The result of one command in a commit. */

import type { Epoch, MessageId } from '@parley/protocol';
import type { Mute } from './restriction.ts';
import type { RoomEvent } from './room-event.ts';
import type { SanctionRefusal } from './sanctions.ts';

/** The command is not allowed; nothing of it is stored. */
export interface Rejection {
  readonly kind: 'rejected';
  readonly code: 'CONFLICT' | 'FORBIDDEN' | 'NOT_FOUND' | 'VALIDATION_ERROR';
  /** The field of the request that caused the rejection. */
  readonly field?:
    | 'clientMessageId'
    | 'messageId'
    | 'parentMessageId'
    | 'attachments'
    | 'emoji'
    | 'userId';
  /** The room is an archived channel: the command is not allowed for any user. */
  readonly isArchived?: true;
  /** The author is muted in the room. */
  readonly mute?: Mute;
  /** Another sanction stays in force. */
  readonly sanction?: SanctionRefusal;
}

export type CommitOutcome =
  | { readonly kind: 'stored'; readonly event: RoomEvent }
  | {
      /** This command was stored before. The outcome repeats the first result. */
      readonly kind: 'duplicate';
      /** The log that has the sequence. */
      readonly epoch: Epoch;
      /** The message that the command stored or changed. */
      readonly messageId: MessageId;
      readonly sequence: number;
      readonly createdAtMs: number;
    }
  /** Done without an event in the log: a ban of a user who was not a member. */
  | { readonly kind: 'unlogged' }
  | Rejection;

/** The result of a command of a commit that may have failed. */
export type CommitResult =
  | CommitOutcome
  /**
   * Nothing of the command was stored: the store could not begin, or has rolled back. It may be
   * submitted again.
   */
  | { readonly kind: 'not-begun'; readonly error: unknown }
  /** The command is perhaps stored. */
  | { readonly kind: 'unknown'; readonly error: unknown };

export function rejected(
  code: Rejection['code'],
  field?: NonNullable<Rejection['field']>,
): Rejection {
  return field === undefined ? { kind: 'rejected', code } : { kind: 'rejected', code, field };
}
