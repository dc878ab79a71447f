/** Encodes the name and the logo of the server. */
import type { ServerProfile } from '../../model/server-profile.ts';
import type { Answer } from '../openapi/answer-records.ts';

export const LOGO_PATH = '/api/server/logo/';

export function toServerProfileBody({ name, logoFileId }: ServerProfile): Answer<'serverProfile'> {
  return { name: name ?? null, logoUrl: logoFileId === undefined ? null : LOGO_PATH + logoFileId };
}
