/** Texts about a person, outside of the first load. */
import { ChatError, type ErrorCode } from '@parley/client';
import { messageStrings } from './message.ts';
import { strings } from './strings.ts';

export const peopleStrings = {
  deleted: 'deleted',
  cannotRead: 'cannot read this now',
  cannotReadUntil: (time: string) => `cannot read this now (until ${time})`,
  notSearched: 'The search for people has failed.',
  message: (name: string) => `Message ${name}`,
  profileTitle: 'Profile',
  closeProfile: 'Close profile',
  unknown,
  until: (time: string) => `Until ${time}`,
  remove: 'Remove from room',
  mute: 'Mute in room',
  ban: 'Ban from room',
  block: (name: string) => `Block ${name}`,
  unblock: (name: string) => `Unblock ${name}`,
  blockText: "You will not see each other's presence, and cannot write to each other directly.",
  notBlocked: (code: ErrorCode) => `Not blocked. ${strings.error(code)}`,
  startText: 'Write the first message below.',
  selfTitle: 'This is you',
  selfText: 'You cannot message yourself.',
  notSent: (name: string, code: ErrorCode, message: string) => {
    if (code === 'NOT_FOUND') return `Not sent. ${unknown(name)}`;
    const isNamed = code === 'FORBIDDEN' && message !== new ChatError(code).message;
    return isNamed ? messageStrings.notSentBecause(message) : messageStrings.notSent(code);
  },
} as const;

function unknown(name: string): string {
  return `There is no user called “${name}”.`;
}
