/** The result of one command in a commit. */

import type { MessageId } from '@parley/protocol';
import type { RoomEvent } from './room-event.ts';

export type CommitOutcome =
  | { readonly kind: 'stored'; readonly event: RoomEvent }
  | {
      /** This very command was stored before; the first answer again. */
      readonly kind: 'duplicate';
      /** What it was about: the message that it stored or changed. */
      readonly messageId: MessageId;
      readonly sequence: number;
      readonly createdAtMs: number;
    }
  /** Done, but nothing of it belongs in the log: a ban of somebody who was no member. */
  | { readonly kind: 'unlogged' }
  | {
      readonly kind: 'rejected';
      readonly code: 'CONFLICT' | 'FORBIDDEN' | 'NOT_FOUND' | 'VALIDATION_ERROR';
      /** What of the request stands against it. */
      readonly field?: 'clientMessageId' | 'messageId' | 'parentMessageId' | 'emoji' | 'userId';
      /** The room is a channel that is archived: nobody may. */
      readonly isArchived?: true;
    };
