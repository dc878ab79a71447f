/** Texts of the room details, outside of the first load. */
import { type ErrorCode, LIMITS } from '@parley/client';
import { strings } from './strings.ts';

export const roomDetailsStrings = {
  open: 'Room details',
  close: 'Close room details',
  text: 'Everyone in the room sees its name and topic.',
  topic: 'Topic',
  noTopic: 'This room has no topic.',
  topicHint: `At most ${LIMITS.topicLengthMax} characters, in one line`,
  name: 'Name',
  moderatorsOnly: 'Only moderators write: other members read and react',
  everybody: 'Everybody joins this room: new people are in it from the start',
  save: 'Save',
  delete: 'Delete room',
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: 'All its messages and files are deleted, for everyone. This cannot be undone.',
  typeName: (name: string) => `Type “${name}” to delete it`,
  otherName: 'This is not the name of the room.',
  problem: (code: ErrorCode) => {
    if (code === 'VALIDATION_ERROR') return 'The name or the topic is not allowed, or too long.';
    return code === 'CONFLICT'
      ? 'Another room has this name, or one that looks like it.'
      : strings.error(code);
  },
} as const;
