/** Texts of the administration, outside of the first load. */
import type { ErrorCode, ServerRole } from '@parley/client';
import { strings } from './strings.ts';

const ROLES: Readonly<Record<ServerRole, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  moderator: 'Moderator',
  member: 'Member',
  guest: 'Guest',
};

export const adminStrings = Object.freeze({
  title: 'Administration',
  sections: 'Sections of the administration',
  loading: 'Loading…',
  notForYou: 'This page is not for you',
  notForYouText: 'Only owners and admins of this server manage it. Ask one of them.',
  people: {
    title: 'People',
    search: 'Search people',
    searchHint: 'The beginning of a name.',
    none: 'No account has this name.',
    more: 'Show more people',
    you: 'You',
    disabled: 'Disabled',
    disabledUntil: (time: string) => `Disabled until ${time}`,
    twoStep: 'Two-step sign-in',
    passkey: 'Passkey',
    unconfirmed: 'E-mail address not confirmed',
    lastSeen: (time: string) => `Last seen ${time}`,
    neverSeen: 'Never seen',
    roles: ROLES,
    roleOf: (name: string) => `Role of ${name}`,
    actionsFor: (name: string) => `Manage ${name}`,
    disable: 'Disable the account',
    enable: 'Enable the account',
    endSessions: 'End all sessions',
    removeAvatar: 'Remove the picture',
    reset: 'Create a reset link',
    resetTitle: (name: string) => `Reset link for ${name}`,
    resetText:
      'With this link, the person chooses a new password, once and within 24 hours, and two-step sign-in is turned off. Hand it to nobody else: it opens the account.',
    resetLink: 'Reset link',
    notReset: (code: ErrorCode) =>
      code === 'FORBIDDEN'
        ? 'Not created. Another application logs this person in, or your role does not allow it.'
        : `Not created. ${strings.error(code)}`,
    sessionsEnded: (name: string) => `All sessions of ${name} are ended.`,
    avatarRemoved: (name: string) => `The picture of ${name} is removed.`,
    roleSet: (name: string, role: ServerRole) => `${name} is now: ${ROLES[role]}.`,
    isDisabled: (name: string) => `The account of ${name} is disabled.`,
    isEnabled: (name: string) => `The account of ${name} is enabled.`,
    disableTitle: (name: string) => `Disable the account of ${name}?`,
    disableText:
      'All its sessions end, and nobody can log in to it until then. Messages and memberships stay. You can enable it again.',
    disableNow: 'Disable',
    /** Reason why a change of an account failed. */
    notChanged: (code: ErrorCode) => {
      switch (code) {
        case 'FORBIDDEN':
          return 'Not changed. Your role does not allow this for this account.';
        case 'CONFLICT':
          return 'Not changed. The server needs an owner whose account is not disabled.';
        case 'NOT_FOUND':
          return 'Not changed. This account no longer exists.';
        default:
          return `Not changed. ${strings.error(code)}`;
      }
    },
  },
  invites: {
    title: 'Invitations',
    text: 'With a link, people create an account on this server.',
    create: 'Create a link',
    uses: 'Number of people',
    usesHint: 'Empty: any number.',
    usesInvalid: 'Use a whole number from 1 to 1,000,000.',
    days: 'Valid for days',
    daysInvalid: 'Use a whole number from 1 to 366.',
    link: 'New link',
    linkHint: 'Copy it now: the server does not show it again.',
    list: 'All links',
    none: 'There is no link yet.',
    you: 'You',
    used: (count: number, max: number | null) =>
      max === null ? `Used by ${count}` : `Used by ${count} of ${max}`,
    created: (time: string) => `Created ${time}`,
    expires: (time: string) => `Expires ${time}`,
    expired: 'Expired',
    rooms: (count: number) => (count === 1 ? 'To 1 room' : `To ${count} rooms`),
    server: 'To the server',
    revoke: 'Revoke',
    revokeOf: (created: string) => `Revoke the link created ${created}`,
    more: 'Show more links',
    notCreated: (code: ErrorCode) =>
      code === 'CONFLICT'
        ? 'Not created. You have too many links: revoke some.'
        : `Not created. ${strings.error(code)}`,
    notRevoked: (code: ErrorCode) => `Not revoked. ${strings.error(code)}`,
  },
});
