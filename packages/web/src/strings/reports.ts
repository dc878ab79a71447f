/** Texts about reports to moderators and their warnings, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

const ACTIONS = {
  dismiss: 'Dismiss',
  delete: 'Delete message',
  warn: 'Warn',
  mute: 'Mute',
  suspend: 'Suspend',
} as const;

export const reportStrings = {
  reportPerson: (name: string) => `Report ${name}`,
  title: (name: string) => `Report ${name}?`,
  messageTitle: (name: string) => `Report this message of ${name}?`,
  text: 'The moderators of this server see who is reported, the message as it is now, your reason and your name. The reported person does not see your name.',
  reason: 'Reason',
  reasonHint: 'What is wrong with it?',
  submit: 'Report',
  notReported: (code: ErrorCode) =>
    code === 'NOT_FOUND' ? 'Not reported. It no longer exists.' : strings.error(code),
  reports: 'Reports',
  open: 'Open reports',
  none: 'There is no open report.',
  openCount: (count: number) => (count === 1 ? '1 open report' : `${count} open reports`),
  later: 'Later',
  more: 'Show more reports',
  about: (name: string) => `About ${name}`,
  by: (name: string, time: string) => `Reported by ${name}, ${time}`,
  automatic: (time: string) => `Automatic, ${time}`,
  inRoom: (room: string) => `In ${room}`,
  files: (names: readonly string[]) => `Files: ${names.join(', ')}`,
  actions: ACTIONS,
  actionFor: (action: keyof typeof ACTIONS, name: string) => `${ACTIONS[action]}: ${name}`,
  confirm: {
    dismiss: (name: string) => `Dismiss the report about ${name}?`,
    delete: (name: string) => `Delete the message of ${name}?`,
    warn: (name: string) => `Warn ${name}?`,
    mute: (name: string) => `Mute ${name}?`,
    suspend: (name: string) => `Suspend ${name}?`,
  },
  confirmText: {
    dismiss: 'Nothing happens to the person.',
    delete: 'It disappears for all members of the room.',
    warn: 'They see a warning with your text and their message until they dismiss it.',
    mute: 'They can read the room of the message, and cannot write in it until the mute ends.',
    suspend:
      'All their sessions end, and nobody can log in to the account until the suspension ends.',
  },
  said: 'Your text to them',
  saidHint: 'It may stay empty.',
  done: (name: string) => `The report about ${name} is closed.`,
  notClosed: (code: ErrorCode) => {
    switch (code) {
      case 'FORBIDDEN':
        return 'Not done. Your role does not allow this for this person.';
      case 'CONFLICT':
        return 'Another moderator has closed this report.';
      case 'NOT_FOUND':
        return 'Not done. The room, the person or the report no longer exists.';
      default:
        return `Not done. ${strings.error(code)}`;
    }
  },
  warning: 'A moderator of this server has warned you',
  warnedAbout: (content: string) => `Your message: ${content}`,
  dismissWarning: 'Understood',
} as const;
