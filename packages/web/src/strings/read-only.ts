/** Texts of rooms in which the user cannot write, outside of the first load. */
import type { ClosedReason } from '@parley/client';
import { strings } from './strings.ts';

export const readOnlyStrings = Object.freeze({
  closed: (reason: ClosedReason) => {
    if (reason === 'LEFT') return 'You are no longer a member of this room.';
    if (reason === 'FORBIDDEN') return 'You do not have permission to open this room.';
    if (reason === 'NOT_FOUND') return 'This room does not exist. It may have been deleted.';
    return strings.error(reason);
  },
  archived: 'This room is archived: it can be read, but nothing new is accepted.',
  muted: (time: string, reason: string) =>
    `You cannot write here until ${time}${reason === '' ? '.' : `: ${reason}`}`,
  banned: (time: string | undefined, reason: string) =>
    `You are banned from this room${time === undefined ? '' : ` until ${time}`}${reason === '' ? '.' : `: ${reason}`}`,
  deleted:
    'This account was deleted. You can read the conversation, but nothing new reaches the person.',
  moderators: 'Only the moderators of this room write here. You can react to their messages.',
});
