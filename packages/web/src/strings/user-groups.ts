/** Texts of the groups of users, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

const members = (n: number): string => (n === 1 ? '1 member' : `${n} members`);

export const userGroupStrings = Object.freeze({
  title: 'User groups',
  text: 'A mention of a group, such as @design, is a mention of each of its members.',
  create: 'Create a user group',
  list: 'User groups',
  none: 'There are no user groups yet.',
  members,
  of: (handle: string) => `Members of @${handle}`,
  more: 'Show more members',
  edit: 'Edit',
  editOf: (handle: string) => `Edit @${handle}`,
  remove: 'Delete',
  removeOf: (handle: string) => `Delete @${handle}`,
  removeText: 'Its members stay on the server. New mentions of it reach nobody.',
  handle: 'Handle',
  handleHint: '3 to 20 letters, digits, “-” or “_”. People write it after “@”.',
  name: 'Name',
  nameHint: 'Up to 40 characters.',
  save: 'Save group',
  addSelf: 'Add yourself',
  problem: (code: ErrorCode, field?: string, message?: string) => {
    if (code === 'CONFLICT' && field === 'handle') {
      return 'A person or another group has this handle, or a person had it. Choose another one.';
    }
    if (code === 'CONFLICT') return message ?? 'There are too many groups, or members.';
    if (code !== 'VALIDATION_ERROR') return strings.error(code);
    return field === 'handle'
      ? 'A handle has 3 to 20 letters, digits, “-” or “_”, and some words are reserved.'
      : 'Give a name of up to 40 characters, with letters of one script in a word.';
  },
});
