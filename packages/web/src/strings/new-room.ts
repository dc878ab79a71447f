/** Texts of the dialog that creates a room, outside of the first load. */
import { type ErrorCode, LIMITS } from '@parley/client';
import { strings } from './strings.ts';

export const newRoomStrings = {
  open: 'New room',
  title: 'New room',
  text: 'You become its owner, and can change its name and topic later.',
  name: 'Name',
  visibility: 'Visibility',
  choices: {
    public: { name: 'Public', hint: 'Everyone on this server can find, read and join it.' },
    private: { name: 'Private', hint: 'Only people who are added know of it.' },
  },
  everybody: 'Everybody joins this room',
  topic: 'Topic',
  topicHint: `Optional, at most ${LIMITS.topicLengthMax} characters, in one line`,
  create: 'Create room',
  problem: (code: ErrorCode) => {
    if (code === 'VALIDATION_ERROR') return 'The name or the topic is not allowed, or too long.';
    return code === 'CONFLICT'
      ? 'Another room has this name, or one that looks like it.'
      : strings.error(code);
  },
} as const;

/** Texts of a channel in place of those of a room. */
export function channelTexts(workspace: string) {
  return {
    title: `New channel in ${workspace}`,
    name: 'Channel name',
    choices: {
      public: { hint: 'Everyone in the workspace can find, read and join it.' },
      private: { hint: 'Only people of the workspace who are added know of it.' },
    },
    everybody: 'Everybody in the workspace joins this channel',
    create: 'Create channel',
  } as const;
}
