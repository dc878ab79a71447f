/** Texts of the dialogs for groups, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const groupStrings = {
  text: 'A private conversation of several people. Only they can read it.',
  find: 'Find people',
  found: 'People found',
  add: 'Add',
  addPeople: 'Add people',
  addText: 'They can read the whole group. People who require it are invited first.',
  addToRoomText: 'They can read the whole room. People who require it are invited first.',
  addToChannelText: 'They can read the whole channel. They must be members of the workspace first.',
  chosen: 'People chosen',
  unchoose: (name: string) => `Remove ${name}`,
  name: 'Name',
  nameHint: 'Optional. Without a name the group is called after its people.',
  create: 'Create group',
  problem: (code: ErrorCode) =>
    code === 'VALIDATION_ERROR'
      ? 'Choose at least one person, and a name of at most 100 characters.'
      : strings.error(code),
  addProblem: (code: ErrorCode) =>
    code === 'VALIDATION_ERROR' ? 'Choose at least one person.' : strings.error(code),
} as const;
