/** Texts of links that let people in. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const inviteStrings = Object.freeze({
  open: 'Invite people by link',
  people: 'Invite people',
  chooseRoom: 'A link lets people create an account or log in, and makes them members of a room.',
  room: 'Room',
  make: 'Make a link',
  title: (name: string) => `Invite people to ${name}`,
  text: 'With this link, people create an account or log in, and become members. It is valid for 7 days.',
  link: 'Invitation link',
  notCreated: (code: ErrorCode) =>
    code === 'FORBIDDEN' ? 'You cannot invite people to this room.' : strings.error(code),
  addresses: 'Invite by e-mail',
  addressesHint: 'One or more addresses. Each gets a link for one person.',
  noAddress: 'Enter an e-mail address.',
  mail: 'Send',
  mailed: (count: number) => (count === 1 ? 'Invitation sent' : `${count} invitations sent`),
  notMailed: (address: string, code: ErrorCode) =>
    code === 'VALIDATION_ERROR'
      ? `${address} is not an e-mail address.`
      : `Not sent to ${address}. ${strings.error(code)}`,
  joining: 'Accepting the invitation…',
  notAccepted: 'The invitation was not accepted',
  invalid: 'The link has expired or was revoked. Ask for another one.',
  banned: 'You cannot join this room.',
});
