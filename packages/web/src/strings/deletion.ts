/** Texts of the deletion of accounts and of all messages of a user, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const deletionStrings = Object.freeze({
  item: 'Delete the account',
  title: (name: string) => `Delete the account of ${name}?`,
  text: 'This cannot be undone. All its sessions end, its names and data go, and nobody can take the username again.',
  messagesTitle: 'Messages of the account',
  messages: { keep: 'Keep its messages', delete: 'Delete its messages' },
  typeName: (username: string) => `Type ${username} to confirm`,
  wrongName: 'Type the username exactly.',
  submit: 'Delete account',
  done: (name: string) => `The account of ${name} is deleted.`,
  purgeItem: 'Delete all messages',
  purgeTitle: (name: string) => `Delete all messages of ${name}?`,
  purgeText:
    'All messages that this person has written go, in every room and in direct messages. This cannot be undone. The account stays.',
  purgeSubmit: 'Delete messages',
  purged: (name: string) => `The messages of ${name} are being deleted.`,
  failed: (code: ErrorCode) => {
    switch (code) {
      case 'FORBIDDEN':
        return 'Not deleted. Your role does not allow this for this account.';
      case 'NOT_FOUND':
        return 'Not deleted. This account no longer exists.';
      default:
        return `Not deleted. ${strings.error(code)}`;
    }
  },
  own: {
    section: 'Delete your account',
    text: 'Your names and data go, your sessions end, and nobody can take your username again.',
    open: 'Delete account…',
    title: 'Delete your account?',
    confirm:
      'This cannot be undone. Download your data first if you want to keep it. State your password to confirm.',
    password: 'Current password',
    failed: (code: ErrorCode) => {
      switch (code) {
        case 'FORBIDDEN':
          return 'Not deleted. The password is wrong.';
        case 'CONFLICT':
          return 'Not deleted. You are the last owner of this server: make another person owner first.';
        default:
          return `Not deleted. ${strings.error(code)}`;
      }
    },
  },
});
