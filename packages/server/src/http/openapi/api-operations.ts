/** Purpose, parameters and responses of each API route: the table behind `/api/openapi.json`. */
import type { HttpBodyName } from '@parley/protocol';

export interface ApiOperation {
  readonly summary: string;
  /** Name of the schema that validates the body. */
  readonly body?: HttpBodyName;
  readonly query?: readonly QueryParameter[];
  /** Status of a successful response. */
  readonly status: 200 | 201;
  readonly answer: AnswerFields;
  /** Fields that only some answers have. */
  readonly optional?: AnswerFields;
  /** Other responses that do not have the common error format, by status. */
  readonly others?: Readonly<Record<number, OtherAnswer>>;
  /** Set if the route requires no session. */
  readonly isOpen?: true;
}

/** Types of the fields of a response. */
export type AnswerFields = Readonly<
  Record<string, 'object' | 'object or null' | 'list' | 'names' | 'boolean' | 'integer' | 'string'>
>;

export interface OtherAnswer {
  readonly description: string;
  readonly answer: AnswerFields;
}

export type QueryParameter =
  | 'ids'
  | 'usernames'
  | 'q'
  | 'roomId'
  | 'next'
  | 'before'
  | 'after'
  | 'around'
  | 'aroundTime'
  | 'limit';

const LOGIN: ApiOperation = {
  summary: 'Starts a session: returns a token and sets the cookie `connect.sid`.',
  body: 'login',
  status: 200,
  answer: { success: 'boolean', token: 'string', expiresAt: 'string', user: 'object' },
  isOpen: true,
};
const LOGOUT: ApiOperation = {
  summary: 'Ends this session and its connections, or with `all` all sessions of the account.',
  body: 'logout',
  status: 200,
  answer: { success: 'boolean' },
};
const done = (summary: string): ApiOperation => ({
  summary,
  status: 200,
  answer: { success: 'boolean' },
});

const PAGED = '`next` of the answer is `after` of the next page.';

/** Operations by method and path, as registered. */
export const API_OPERATIONS: Readonly<Record<string, ApiOperation>> = Object.freeze({
  'POST /register': {
    summary: 'Creates an account.',
    body: 'register',
    status: 201,
    answer: { success: 'boolean', user: 'object' },
    isOpen: true,
  },
  'POST /login': LOGIN,
  'POST /api/auth/login': LOGIN,
  'POST /logout': LOGOUT,
  'POST /api/auth/logout': LOGOUT,
  'GET /api/auth/me': {
    summary: 'Returns the current user; renews the cookie.',
    status: 200,
    answer: { user: 'object' },
  },
  'GET /api/auth/session': {
    summary:
      'Returns the current user, or `null` with status 200 if not logged in, and whether users may create accounts themselves; renews the cookie.',
    status: 200,
    answer: { user: 'object or null', registration: 'string' },
    isOpen: true,
  },
  'POST /api/auth/password': {
    summary:
      'Changes the password and ends all sessions, atomically; the client continues with the new cookie or `token`. After 503 or without a response, log in: with the new password, or else with the old one.',
    body: 'password',
    status: 200,
    answer: { success: 'boolean', token: 'string', expiresAt: 'string' },
  },
  'GET /api/sessions': {
    summary:
      'Lists the login sessions of the user, at most 100, the latest login first: each with `id`, `createdAt`, `lastSeenAt` (up to 5 minutes old), `userAgent` and `current`. Empty if another application manages sessions.',
    status: 200,
    answer: { sessions: 'list' },
  },
  'DELETE /api/sessions/:id': done(
    'Ends a login session of the user, and its connections; `id` as listed.',
  ),
  'POST /api/tokens': {
    summary:
      'Issues a signed token for clients that cannot send a cookie; valid for 15 minutes. It cannot issue further tokens, list or end sessions, or change the password.',
    body: 'token',
    status: 201,
    answer: { token: 'string', expiresAt: 'string' },
  },
  'POST /api/tickets': {
    summary:
      'Issues a ticket with which one connection can begin within 30 seconds: `?ticket=` in the address of an upgrade.',
    body: 'token',
    status: 201,
    answer: { ticket: 'string', expiresAt: 'string' },
  },
  'POST /api/messages': {
    summary:
      'Sends a message. `parentMessageId` and `replyTo` both name the message that it replies to; give at most one of them.',
    body: 'message',
    status: 201,
    answer: { message: 'object', duplicate: 'boolean' },
    others: {
      200: {
        description:
          'The message was already stored with the same `clientMessageId`; `duplicate` is `true`, and `message` is the original.',
        answer: { message: 'object', duplicate: 'boolean' },
      },
    },
  },
  'GET /api/channels/:roomId/messages': {
    summary:
      'Returns a page of history, oldest first. `before`, `after` and `around` are the id of a message or a sequence, `aroundTime` an ISO 8601 date or time; give at most one of them. A page around a message has `hasNewer` and `anchorSequence` too.',
    query: ['before', 'after', 'around', 'aroundTime', 'limit'],
    status: 200,
    answer: { messages: 'list', hasMore: 'boolean' },
    optional: { hasNewer: 'boolean', anchorSequence: 'integer' },
  },
  'PATCH /api/channels/:id': {
    summary: 'Renames, archives or unarchives a channel.',
    body: 'channelChange',
    status: 200,
    answer: { channel: 'object' },
  },
  'GET /api/conversations': {
    summary: `Lists the user's direct and group rooms, latest activity first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { conversations: 'list', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/workspaces': {
    summary: `Lists the user's workspaces, oldest first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { workspaces: 'list', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces': {
    summary: 'Creates a workspace; the user becomes its owner.',
    body: 'workspace',
    status: 201,
    answer: { workspace: 'object' },
  },
  'PATCH /api/workspaces/:id': {
    summary: 'Renames a workspace, for its owners.',
    body: 'workspace',
    status: 200,
    answer: { workspace: 'object' },
  },
  'GET /api/workspaces/:id/members': {
    summary: 'Lists the members of a workspace, ordered by id; `after` is the id of a member.',
    query: ['after', 'limit'],
    status: 200,
    answer: { members: 'list', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces/:id/members': {
    summary: 'Adds a user, or changes the role of a member.',
    body: 'workspaceMember',
    status: 201,
    answer: { member: 'object' },
    others: {
      202: {
        description:
          'The user is invited and gets the role after accepting: for the role of owner, or if the user requires invitations.',
        answer: { invitation: 'object' },
      },
    },
  },
  'DELETE /api/workspaces/:id/members': {
    ...done('Removes a user from a workspace and its channels, or leaves it.'),
    body: 'workspaceMember',
  },
  'GET /api/workspaces/:id/channels': {
    summary: `Lists the channels of a workspace, ordered by id, including archived ones; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { channels: 'list', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces/:id/channels': {
    summary: 'Creates a channel.',
    body: 'channel',
    status: 201,
    answer: { channel: 'object' },
  },
  'DELETE /api/rooms/:roomId/members/me': done('Leaves a room and ends the membership.'),
  'PUT /api/rooms/:roomId/members/:userId': {
    ...done('Adds a user to a group.'),
    others: {
      202: {
        description:
          'The user is invited and becomes a member after accepting: if the user requires invitations.',
        answer: { success: 'boolean' },
      },
    },
  },
  'DELETE /api/rooms/:roomId/members/:userId': done('Removes a user from a room.'),
  'PUT /api/rooms/:roomId/bans/:userId': done('Bans a user from a room.'),
  'DELETE /api/rooms/:roomId/bans/:userId': done('Lifts the ban of a user.'),
  'GET /api/rooms/:roomId/pins': {
    summary:
      'Lists the pinned messages of a room, newest first; `before` is the id of a message or a sequence.',
    query: ['before', 'limit'],
    status: 200,
    answer: { messages: 'list', hasMore: 'boolean' },
  },
  'PUT /api/rooms/:roomId/notifications': {
    summary:
      'Chooses which messages of a room notify the user: all, only mentions, or nothing, which mutes the room.',
    body: 'notificationLevel',
    status: 200,
    answer: { level: 'string' },
  },
  'PUT /api/rooms/:roomId/topic': {
    summary: 'Sets the topic of a room or channel, for users who may manage it; empty for none.',
    body: 'topic',
    status: 200,
    answer: { topic: 'string' },
  },
  'GET /api/blocks': {
    summary: `Lists the users that the user has blocked, latest first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { users: 'list', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/people': {
    summary:
      'Finds users one of whose names has words that begin with those of `q`, without accents and case; at most 20. With `roomId` of a room of yours, its members come first and have `isMember: true`, and an empty `q` lists members.',
    query: ['q', 'roomId'],
    status: 200,
    answer: { users: 'list' },
  },
  'GET /api/activity': {
    summary:
      'Lists what concerned the user lately, latest first: mentions, replies in their threads, reactions to their messages, and invitations. A page searches 200 events of each of at most 20 rooms, the latest active ones first; `next` of the answer continues the search, and is absent at its end.',
    query: ['next'],
    status: 200,
    answer: { entries: 'list' },
    optional: { next: 'string', moreInvitations: 'boolean' },
  },
  'PUT /api/profile': {
    summary:
      'Sets the name that other users see besides the username; an empty text restores the username.',
    body: 'profile',
    status: 200,
    answer: { user: 'object' },
  },
  'GET /api/users': {
    summary:
      'Returns users by `ids` and `usernames`, 1 to 50 together, separated by commas. Unknown ones are omitted.',
    query: ['ids', 'usernames'],
    status: 200,
    answer: { users: 'list' },
  },
  'PUT /api/blocks/:userId': done('Blocks a user.'),
  'DELETE /api/blocks/:userId': done('Unblocks a user.'),
  'GET /api/invitations': {
    summary:
      'Lists invitations to workspaces and groups, latest first; `id` is the id of the workspace or group. `next` of the answer is `after` of the next page.',
    query: ['after', 'limit'],
    status: 200,
    answer: { invitations: 'list', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/invitations/:id/accept': done('Accepts an invitation; the user becomes a member.'),
  'POST /api/invitations/decline': {
    summary:
      'Declines all invitations of the user `inviterId`; with `block`, also blocks this user, and future invitations stay hidden; with `leaveGroups`, also leaves all groups that this user has created. Returns how many invitations were declined and groups left.',
    body: 'declineAll',
    status: 200,
    answer: { declined: 'integer', left: 'integer' },
  },
  'DELETE /api/invitations/:id': done('Declines an invitation.'),
  'GET /api/privacy': {
    summary:
      'Returns whether strangers can only invite the user to groups and workspaces instead of adding them.',
    status: 200,
    answer: { askBeforeStrangers: 'boolean' },
  },
  'PUT /api/privacy': {
    summary:
      'Sets whether strangers can only invite the user to groups and workspaces instead of adding them.',
    body: 'privacy',
    status: 200,
    answer: { askBeforeStrangers: 'boolean' },
  },
  'GET /api/openapi.json': {
    summary: 'This document.',
    status: 200,
    answer: { openapi: 'string', info: 'object', paths: 'object', components: 'object' },
    isOpen: true,
  },
  'GET /health': {
    summary: 'Reports that the process is alive.',
    status: 200,
    answer: { status: 'string', connections: 'object' },
    isOpen: true,
  },
  'GET /ready': {
    summary: 'Reports whether everything that the server needs is available.',
    status: 200,
    answer: { status: 'string', store: 'object' },
    others: {
      503: {
        description: 'A required part is down; `down` names it.',
        answer: { status: 'string', down: 'names', store: 'object' },
      },
    },
    isOpen: true,
  },
  'GET /debug/connections': {
    summary:
      "Lists the open connections of this process, for the server's owner and administrators.",
    status: 200,
    answer: { connections: 'list', totalConnections: 'integer', hasMore: 'boolean' },
  },
} satisfies Record<string, ApiOperation>);
