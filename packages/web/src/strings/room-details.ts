/** Texts of the room details, outside of the first load. */
import { type ErrorCode, LIMITS } from '@parley/client';
import { strings } from './strings.ts';

export const roomDetailsStrings = {
  open: 'Room details',
  close: 'Close room details',
  text: 'Everyone in the room sees its topic.',
  /** A public room is found by its name, also by links and other clients. */
  fixedName: 'The name of a public room stays the same: it is the address of the room.',
  topic: 'Topic',
  noTopic: 'This room has no topic.',
  topicHint: `At most ${LIMITS.topicLengthMax} characters, in one line`,
  channelName: 'Channel name',
  save: 'Save',
  problem: (code: ErrorCode) => {
    if (code === 'VALIDATION_ERROR') return 'The name or the topic is not allowed, or too long.';
    return code === 'CONFLICT' ? 'Another channel has this name.' : strings.error(code);
  },
} as const;
