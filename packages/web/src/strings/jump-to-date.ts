/** Texts of the dialog that jumps to a date, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const jumpToDateStrings = {
  text: 'Shows the first message of that day, or the next one after it.',
  date: 'Date',
  dateMissing: 'Enter a date.',
  jump: 'Jump',
  notJumped: (code: ErrorCode) =>
    `The messages of that day could not be loaded. ${strings.error(code)}`,
} as const;
