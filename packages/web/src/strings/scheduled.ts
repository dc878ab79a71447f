/** Texts about messages that are sent later, outside of the first load. */
import type { ChatError, ErrorCode } from '@parley/client';
import { count, strings } from './strings.ts';

export const scheduledStrings = {
  title: 'Scheduled',
  // Without the words "Send" and "Message", which name other controls beside it.
  choose: 'Choose a time',
  later: 'Schedule message',
  laterText: 'The message is sent for you at this time. Until then you find it under Scheduled.',
  times: {
    hour: 'In 1 hour',
    tomorrow: 'Tomorrow at 9:00',
    monday: 'Monday at 9:00',
    own: 'At another time…',
  },
  time: 'Time',
  text: 'Message',
  files: 'Attached files',
  /** Without a name. */
  attachment: 'Attachment',
  remove: (name: string) => `Remove ${name}`,
  schedule: 'Schedule',
  save: 'Save',
  change: 'Change the scheduled message',
  changeText: 'Only you see it until it is sent.',
  here: (n: number) => `${count(n, 'scheduled message')} here`,
  none: 'Messages that you send later are listed here. Write a message, and choose a time with the clock beside Send.',
  loading: 'Loading scheduled messages',
  unknown: 'A room that you are not in',
  changeIn: (room: string) => `Change the message to ${room}`,
  sendIn: (room: string) => `Send the message to ${room} now`,
  cancelIn: (room: string) => `Cancel the message to ${room}`,
  notSent: 'Not sent.',
  discard: 'Discard',
  reason: (code: ErrorCode) => {
    switch (code) {
      case 'FORBIDDEN':
      case 'NOT_IN_ROOM':
        return 'You may not write there.';
      case 'NOT_FOUND':
        return 'The room, the message that it answers or a file no longer exists, or you are not in the room.';
      default:
        return strings.error(code);
    }
  },
  notScheduled: (code: ErrorCode, { field }: ChatError['details']) => {
    if (field === 'sendAt') return 'Choose a time within the next year.';
    if (field === 'attachments') return 'A file is no longer there, or in another message.';
    switch (code) {
      case 'CONFLICT':
        return 'It is being sent, or you have scheduled 100 messages: cancel others first.';
      case 'NOT_FOUND':
        return 'It was sent or cancelled, or you are not in its room.';
      default:
        return strings.error(code);
    }
  },
} as const;
