/** Texts about messages that are saved for later, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const savedStrings = {
  save: 'Save for later',
  saveText: 'Only you see what you save. You find it under Saved. When do you want to be reminded?',
  submit: 'Save',
  remind: 'Remind me',
  choices: {
    none: 'Never',
    hour: 'In 1 hour',
    tomorrow: 'Tomorrow at 9:00',
    own: 'At another time',
  },
  time: 'Time',
  notSaved: (code: ErrorCode) => {
    switch (code) {
      case 'NOT_FOUND':
        return 'Not saved. The message no longer exists, or you are not in its room.';
      case 'CONFLICT':
        return 'You have saved 1000 messages. Remove some first.';
      default:
        return `Not saved. ${strings.error(code)}`;
    }
  },
  none: 'Messages that you save for later are listed here. Open the menu of a message, or press S on it.',
  loading: 'Loading saved messages',
  failed: 'The saved messages could not be loaded.',
  retry: 'Try again',
  more: 'Show more',
  done: (name: string) => `Done: remove the message of ${name}`,
  change: (name: string) => `Remind me of the message of ${name}`,
  remindAt: (time: string) => `Reminder ${time}`,
  reminded: (time: string) => `Reminded ${time}`,
  reminder: 'Reminder',
  doneShort: 'Done',
  keep: 'Keep',
  all: (n: number) => `${n} more reminders`,
} as const;
