/** Name and logo of the server. Pages load it when they need it. */
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** Given by the administrators of the server; null for the name and the sign of the product. */
export interface ServerProfile {
  readonly name: string | null;
  /** Below the address of the server; another logo has another one. */
  readonly logoUrl: string | null;
}

/** For everybody, also without a session. @throws {ChatError} `UNAVAILABLE`. */
export async function readServerProfile({ http }: HasHttp): Promise<ServerProfile> {
  return profileOf(await http.call('GET', '/api/server'));
}

/**
 * @param name Up to 40 characters; empty for the name of the product.
 * @throws {ChatError} `FORBIDDEN` without the role, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function renameServer({ http }: HasHttp, name: string): Promise<ServerProfile> {
  return profileOf(await http.call('PATCH', '/api/admin/server', { name }));
}

/**
 * Shows the middle of a picture as the logo: PNG, JPEG, GIF or WebP, up to 5 MB.
 *
 * @throws {ChatError} As `renameServer`, and `FORBIDDEN` with the field `file` if this server cannot take pictures.
 */
export async function setServerLogo({ http }: HasHttp, picture: Blob): Promise<ServerProfile> {
  const form = new FormData();
  form.append('file', picture, 'logo');
  return profileOf(await http.call('PUT', '/api/admin/server/logo', form));
}

/** @throws {ChatError} As `renameServer`. */
export async function removeServerLogo({ http }: HasHttp): Promise<ServerProfile> {
  return profileOf(await http.call('DELETE', '/api/admin/server/logo'));
}

function profileOf(answer: unknown): ServerProfile {
  // The server documents the answers of these routes.
  return (answer as { readonly server: ServerProfile }).server;
}
