/** Opens the dialog that reports a message or a person. */
import type { MessageId, UserId } from '@parley/client';
import { askable } from '../components/asked.ts';

export type ReportTarget = { readonly username: string } & (
  | { readonly messageId: MessageId; readonly userId: string }
  | { readonly messageId?: never; readonly userId: UserId }
);

export const { ask: askForReport, answer: answerReports } = askable<ReportTarget>();
