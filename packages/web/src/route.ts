/** Parses and builds the addresses of the page. Pure. */
import { isUuid, type RoomId } from '@parley/client';

export type AdminSection =
  | 'people'
  | 'groups'
  | 'reports'
  | 'invites'
  | 'audit'
  | 'emoji'
  | 'server';

export type Route =
  | { readonly kind: 'rooms' }
  /** The conversations with people: a tab of the phone. */
  | { readonly kind: 'people' }
  /** The rooms to join, and the box that finds and creates one. */
  | { readonly kind: 'browse' }
  | {
      readonly kind: 'room';
      readonly roomId: RoomId;
      readonly panel: Panel | undefined;
      readonly position?: PointedMessage;
    }
  /** The rooms and conversations with an unsent text. */
  | { readonly kind: 'drafts' }
  /** The recent activity of others that concerns the user. */
  | { readonly kind: 'activity' }
  /** The messages that the user has saved for later. */
  | { readonly kind: 'saved' }
  /** The threads that the user follows. */
  | { readonly kind: 'threads' }
  /** The messages that are sent later. */
  | { readonly kind: 'scheduled' }
  /** The search of messages, as the query of the address names it. */
  | { readonly kind: 'search'; readonly query: string }
  /** The administration of the server. */
  | { readonly kind: 'admin'; readonly section: AdminSection }
  /** A link that names a room. Only the server knows whether the room exists. */
  | { readonly kind: 'named_room'; readonly name: string; readonly panel: Panel | undefined }
  /** A link that lets people in. */
  | { readonly kind: 'invite'; readonly token: string }
  /** A form for a forgotten password, or with a token a link that confirms an e-mail address. */
  | { readonly kind: 'mail'; readonly token: string | undefined }
  /** The rest of a sign-in with a provider, or the reason of its failure. */
  | { readonly kind: 'provider'; readonly step: string }
  /** A link that sets a new password. */
  | { readonly kind: 'reset'; readonly token: string }
  /** The direct conversation with a person, which may not have started. */
  | { readonly kind: 'person'; readonly username: string };

/** The message that a link points at. */
export type PointedMessage = { readonly sequence: number } | { readonly messageId: string };

/** Content of the details column; undefined if it is closed. */
export type Panel = 'members' | 'pins' | 'files' | `thread/${string}` | `profile/${string}`;

export const HOME_PATH = '/app/';
export const BROWSE_PATH = '/app/browse';
export const PEOPLE_PATH = '/app/people';
export const ACTIVITY_PATH = '/app/activity';
export const SEARCH_PATH = '/app/search';
export const SAVED_PATH = '/app/saved';
export const THREADS_PATH = '/app/threads';
export const SCHEDULED_PATH = '/app/scheduled';
export const DRAFTS_PATH = '/app/drafts';
export const FORGOT_PATH = '/app/forgot';
export const ADMIN_PATH = '/app/admin';
export const ADMIN_GROUPS_PATH = '/app/admin/groups';
export const ADMIN_EMOJI_PATH = '/app/admin/emoji';
export const ADMIN_INVITES_PATH = '/app/admin/invitations';
export const ADMIN_REPORTS_PATH = '/app/admin/reports';
export const ADMIN_AUDIT_PATH = '/app/admin/audit';
export const ADMIN_SERVER_PATH = '/app/admin/server';

const PAGES: ReadonlyMap<string, Route> = new Map<string, Route>([
  [BROWSE_PATH, { kind: 'browse' }],
  [ACTIVITY_PATH, { kind: 'activity' }],
  [SAVED_PATH, { kind: 'saved' }],
  [THREADS_PATH, { kind: 'threads' }],
  [SCHEDULED_PATH, { kind: 'scheduled' }],
  [DRAFTS_PATH, { kind: 'drafts' }],
  [ADMIN_PATH, { kind: 'admin', section: 'people' }],
  [ADMIN_GROUPS_PATH, { kind: 'admin', section: 'groups' }],
  [ADMIN_EMOJI_PATH, { kind: 'admin', section: 'emoji' }],
  [ADMIN_INVITES_PATH, { kind: 'admin', section: 'invites' }],
  [ADMIN_REPORTS_PATH, { kind: 'admin', section: 'reports' }],
  [ADMIN_AUDIT_PATH, { kind: 'admin', section: 'audit' }],
  [ADMIN_SERVER_PATH, { kind: 'admin', section: 'server' }],
  [FORGOT_PATH, { kind: 'mail', token: undefined }],
  [PEOPLE_PATH, { kind: 'people' }],
]);

const ROOM_PATH =
  /^\/app\/rooms\/([^/]+)(?:\/(?:(members|pins|files|thread\/[\w-]+|profile\/[^/]+)|messages\/([\w-]{1,64})))?\/?$/;
const TOKEN_PATH = /^\/app\/(invite|reset|email|oidc)\/([\w-]{1,128})\/?$/;
const PERSON_PATH = /^\/app\/people\/([^/]+)\/?$/;

/**
 * Every other address means the list of rooms.
 *
 * @param address Path, with or without a query.
 */
export function parseRoute(address: string): Route {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/.exec(address) ?? [];
  if (path === SEARCH_PATH) return { kind: 'search', query };
  const page = PAGES.get(path);
  if (page !== undefined) return page;
  const [, use, token] = TOKEN_PATH.exec(path) ?? [];
  if (token !== undefined && use === 'email') return { kind: 'mail', token };
  if (token !== undefined && use === 'oidc') return { kind: 'provider', step: token };
  if (token !== undefined) return { kind: use === 'reset' ? 'reset' : 'invite', token };
  const [, username] = PERSON_PATH.exec(path) ?? [];
  if (username !== undefined) return parsePerson(username);
  const [, written, wanted, message] = ROOM_PATH.exec(path) ?? [];
  const name = written === undefined ? undefined : decode(written);
  if (name === undefined) return { kind: 'rooms' };
  // The pattern admits only panels.
  const panel = wanted as Panel | undefined;
  const pointed = message === undefined ? {} : { position: pointedMessage(message) };
  // A value in id format is treated as an id; the server writes ids in lower case.
  return isUuid(name)
    ? { kind: 'room', roomId: name.toLowerCase() as RoomId, panel, ...pointed }
    : { kind: 'named_room', name, panel };
}

export function roomPath(roomId: RoomId, panel?: Panel | undefined): string {
  const path = `/app/rooms/${encodeURIComponent(roomId)}`;
  return panel === undefined ? path : `${path}/${panel}`;
}

/** A link to one message. */
export function messagePath(roomId: RoomId, sequence: number): string {
  return `${roomPath(roomId)}/messages/${sequence}`;
}

/** The profile of a user beside the conversation. */
export function profilePath(roomId: RoomId, username: string): string {
  return roomPath(roomId, `profile/${encodeURIComponent(username)}`);
}

/** The username in the panel of a profile. */
export function profileName(panel: `profile/${string}`): string {
  return decode(panel.slice('profile/'.length)) ?? '';
}

export function personPath(username: string): string {
  return `/app/people/${encodeURIComponent(username)}`;
}

/** Links have the sequence; an id works, too. */
function pointedMessage(written: string): PointedMessage {
  return /^\d{1,15}$/.test(written) ? { sequence: Number(written) } : { messageId: written };
}

function parsePerson(written: string): Route {
  const username = decode(written);
  return username === undefined ? { kind: 'rooms' } : { kind: 'person', username };
}

function decode(written: string): string | undefined {
  try {
    const text = decodeURIComponent(written).trim();
    return text === '' ? undefined : text;
  } catch {
    // An invalid escape sequence, typed by hand.
    return undefined;
  }
}
