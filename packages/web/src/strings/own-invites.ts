/** Texts of the user's invitation links in the settings, outside of the first load. */
import type { ErrorCode } from '@parley/client';
import { strings } from './strings.ts';

export const ownInviteStrings = Object.freeze({
  title: 'Your invitation links',
  none: 'No link of yours lets people in.',
  text: 'These links of yours let people in, also after you change your password or log out everywhere. Revoke those that you do not know.',
  made: (time: string, email: string | undefined) =>
    email === undefined ? `Made ${time}` : `Mailed to ${email}, ${time}`,
  about: (rooms: number, uses: number, until: string) => {
    const places = rooms === 1 ? '1 room' : `${rooms} rooms`;
    return `${rooms === 0 ? 'The server' : places} · used ${uses === 1 ? 'once' : `${uses} times`} · valid until ${until}`;
  },
  revoke: 'Revoke',
  revokeOf: (time: string) => `Revoke the link made ${time}`,
  notRevoked: (code: ErrorCode) => `The link was not revoked. ${strings.error(code)}`,
});
