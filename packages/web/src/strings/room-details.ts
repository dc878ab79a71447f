/** Texts of the room details, outside of the first load. */
import { type ErrorCode, LIMITS } from '@parley/client';
import { avatarStrings } from './avatar.ts';
import { strings } from './strings.ts';

export const roomDetailsStrings = {
  open: 'Room details',
  close: 'Close room details',
  text: 'Everyone in the room sees its name and topic.',
  picture: {
    ...avatarStrings,
    title: 'Room picture',
    hint: 'PNG, JPEG, GIF or WebP. Everyone in the room sees it beside its name.',
    saved: 'The picture is shown.',
    removed: 'The picture is removed.',
    cropTitle: 'Picture of the room',
    cropText: 'Move the picture with the sliders, or drag it.',
  },
  topic: 'Topic',
  noTopic: 'This room has no topic.',
  topicHint: `At most ${LIMITS.topicLengthMax} characters, in one line`,
  name: 'Name',
  moderatorsOnly: {
    posting: 'Only moderators write: other members read and react',
    pinning: 'Only moderators pin messages',
    inviting: 'Only moderators let people in',
    mentioningAll: 'Only moderators mention everyone',
  },
  everybody: 'Everybody joins this room: new people are in it from the start',
  slowMode: 'Slow mode: time between two messages of a member',
  noSlowMode: 'Off',
  visibility: {
    private: {
      act: 'Make private',
      title: (name: string) => `Make ${name} private?`,
      text: 'Its members stay. For everyone else the room and its messages are gone at once, also from search and links.',
      textOfChannel:
        'Its members stay. For everyone else in the workspace the channel and its messages are gone at once, also from search and links.',
    },
    public: {
      act: 'Make public',
      title: (name: string) => `Make ${name} public?`,
      text: 'Everyone on this server can then find the room, join it, and read all its messages and files, also those that members wrote while it was private.',
      textOfChannel:
        'Everyone in the workspace can then find the channel, join it, and read all its messages and files, also those that members wrote while it was private.',
    },
  },
  visibilityProblem: (code: ErrorCode) => {
    if (code === 'VALIDATION_ERROR') return 'A public room cannot have this name: rename it first.';
    return code === 'CONFLICT'
      ? 'A public room has this name, or one that looks like it: rename this room first.'
      : strings.error(code);
  },
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
