/** Texts about bans and mutes, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const restrictionStrings = {
  open: 'Bans and mutes',
  close: 'Close',
  durationTitle: 'For how long',
  durations: {
    '10m': '10 minutes',
    '1h': '1 hour',
    '1d': '1 day',
    '1w': '1 week',
    forever: 'No end',
  },
  reason: 'Reason',
  reasonHint: 'They are shown this. It may stay empty.',
  ban: {
    title: (name: string) => `Ban ${name}?`,
    text: 'They get no more messages from this room, and cannot join it again until the ban ends.',
    confirm: 'Ban',
  },
  mute: {
    title: (name: string) => `Mute ${name}?`,
    text: 'They can read this room, and cannot write in it until the mute ends.',
    confirm: 'Mute',
  },
  banned: 'Banned',
  muted: 'Muted',
  none: 'Nobody',
  until: (time: string | undefined, reason: string) =>
    [time === undefined ? 'No end' : `Until ${time}`, ...(reason === '' ? [] : [reason])].join(
      ': ',
    ),
  lift: (name: string) => `Lift for ${name}`,
  lifted: 'Lift',
  notDone: (code: ErrorCode) =>
    code === 'FORBIDDEN' ? 'Your role here does not allow this.' : strings.error(code),
} as const;
