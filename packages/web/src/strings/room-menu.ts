/** Texts of the menu of a room, and of leaving it. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const roomMenuStrings = Object.freeze({
  notifications: {
    all: 'Notify me of all messages',
    mentions: 'Notify me of mentions only',
    nothing: 'Mute',
  },
  menu: 'More about this conversation',
  files: 'Files',
  copyLink: 'Copy link',
  archive: 'Archive room',
  unarchive: 'Unarchive room',
  archiveTitle: (name: string) => `Archive ${name}?`,
  archiveText:
    'Its messages stay and can be read, but nothing new is accepted. You can unarchive it later.',
  leave: 'Leave room',
  markUnread: 'Mark as unread',
  notChosen: (code: ErrorCode) => `Not changed. ${strings.error(code)}`,
  leaveGroup: 'Leave group',
  title: (name: string) => `Leave ${name}?`,
  text: 'You will get no more messages from this room. You can join it again later.',
  roleText: (role: 'owner' | 'moderator') =>
    `You are ${role === 'owner' ? 'the owner' : 'a moderator'} of this room, and will not be again when you come back.`,
  privateText:
    'You will get no more messages from this room, and cannot join it again unless you are added.',
  groupText: 'You will get no more messages from this group, and you cannot join it again.',
  notLeft: (code: ErrorCode) => `You are still a member. ${strings.error(code)}`,
});
