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
    people: 'Privacy',
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
  invisibleHint:
    'Others see you as offline, and do not see you typing. They still see what you write, and what you have read.',
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
    from: (address: string) => `From ${address}`,
    since: (time: string) => `Logged in ${time}`,
    lastSeen: (time: string) => `Last seen ${time}`,
    end: 'End',
    endOf: (device: string, loggedIn: string) => `End the session ${device}, logged in ${loggedIn}`,
    notEnded: (code: ErrorCode) => `The session was not ended. ${strings.error(code)}`,
  },
  privacy: {
    title: 'Privacy',
    acceptMessagesFrom: 'People who may write to me',
    accepted: {
      everybody: 'Everybody',
      'shared-rooms': 'People I share a room with',
      contacts: 'People I know',
    },
    acceptedHint:
      'Others cannot begin a conversation with you or add you to a group. You know people with whom you have written, or share a group or workspace. Admins of the server can always write to you.',
    showLastSeen: 'Others see when I was last here',
    save: 'Save privacy',
  },
  blocked: 'Blocked people',
  noneBlocked: 'You have not blocked anyone.',
  password: 'Password',
  currentPassword: 'Current password',
  newPassword: 'New password',
  changePassword: 'Change password',
  passwordChanged:
    'Changed. You are logged out on all other devices. Invitation links stay valid: see below.',
  passwordKept: (code: ErrorCode) =>
    `Not changed. ${code === 'FORBIDDEN' ? 'The current password is wrong.' : strings.error(code)}`,
} as const;
