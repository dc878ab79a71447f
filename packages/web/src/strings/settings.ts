/** Texts of the settings, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const settingsStrings = {
  title: 'Settings',
  close: 'Close settings',
  sections: 'Sections of the settings',
  back: 'Back to settings',
  tabs: {
    profile: 'Profile',
    appearance: 'Appearance',
    notifications: 'Notifications',
    people: 'Blocked people',
    account: 'Account',
  },
  name: 'Name',
  displayName: 'Name that others see',
  saveName: 'Save name',
  nameRefused: (code: ErrorCode) =>
    code === 'CONFLICT'
      ? 'This name is too similar to the username of another user. Choose another name.'
      : `Not saved. ${strings.error(code)}`,
  presence: 'Presence',
  statusText: 'Status text',
  until: 'Until',
  untilHint: 'Your status stays until you change it, or until this time.',
  saveStatus: 'Save status',
  saved: 'Saved.',
  theme: 'Theme',
  themes: { system: 'Same as system', light: 'Light', dark: 'Dark' },
  density: 'Density',
  densities: { comfortable: 'Comfortable', compact: 'Compact' },
  notifications: 'Notifications',
  notify: 'Show a notification for mentions and direct messages',
  sound: 'Play a sound for new messages while this page is in the background',
  notifyDenied:
    'The browser does not allow notifications for this page. Allow them in its settings.',
  data: 'Your data',
  dataText:
    'Your profile, sessions, rooms, and the messages that you wrote in them, as a ZIP file.',
  export: 'Download your data',
  notExported: 'Not downloaded: your password is needed.',
  session: 'This browser',
  sessions: {
    title: 'Sessions',
    managedElsewhere: 'Another application manages your sessions.',
    unknownDevice: 'Unknown device',
    current: 'This session',
    since: (time: string) => `Logged in ${time}`,
    lastSeen: (time: string) => `Last seen ${time}`,
    end: 'End',
    endOf: (device: string, loggedIn: string) => `End the session ${device}, logged in ${loggedIn}`,
    notEnded: (code: ErrorCode) => `The session was not ended. ${strings.error(code)}`,
  },
  blocked: 'Blocked people',
  noneBlocked: 'You have not blocked anyone.',
  password: 'Password',
  currentPassword: 'Current password',
  newPassword: 'New password',
  changePassword: 'Change password',
  passwordChanged: 'Changed. You are logged out on all other devices.',
  passwordKept: (code: ErrorCode) =>
    `Not changed. ${code === 'FORBIDDEN' ? 'The current password is wrong.' : strings.error(code)}`,
} as const;
