/** Opens the dialog for the time of a scheduled message, its text and its files. */
import type { Attachment, MessageId, RoomId, ScheduledMessage } from '@parley/client';
import { askable } from '../components/asked.ts';

/** A message of a box, which is emptied when it is scheduled. */
export interface NewScheduled {
  readonly roomId: RoomId;
  readonly parentId: MessageId | undefined;
  readonly alsoToRoom: boolean | undefined;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly onDone: () => void;
}

export const { ask: askToSchedule, answer: answerSchedules } = askable<
  NewScheduled | ScheduledMessage
>();
