/** What each route of the API is for, takes and gives: the table behind `/api/openapi.json`. */
import type { HttpBodyName } from '@parley/protocol';

export interface ApiOperation {
  readonly summary: string;
  /** Its body, by the table that checks it. */
  readonly body?: HttpBodyName;
  readonly query?: readonly QueryParameter[];
  /** The status of success. */
  readonly status: 200 | 201;
  readonly answer: AnswerFields;
  /** What else is answered that is not an error in the one form, by status. */
  readonly others?: Readonly<Record<number, OtherAnswer>>;
  /** Anybody may ask, without a session. */
  readonly isOpen?: true;
}

/** Fields of an answer, by what they hold. */
export type AnswerFields = Readonly<
  Record<string, 'object' | 'object or null' | 'list' | 'names' | 'boolean' | 'string'>
>;

export interface OtherAnswer {
  readonly description: string;
  readonly answer: AnswerFields;
}

export type QueryParameter = 'before' | 'after' | 'limit';

const LOGIN: ApiOperation = {
  summary: 'Begins a session: a token, and the cookie `connect.sid`.',
  body: 'login',
  status: 200,
  answer: { success: 'boolean', token: 'string', expiresAt: 'string', user: 'object' },
  isOpen: true,
};
const LOGOUT: ApiOperation = {
  summary: 'Ends this session and its connections, or with `all` every session of the account.',
  body: 'logout',
  status: 200,
  answer: { success: 'boolean' },
};
const done = (summary: string): ApiOperation => ({
  summary,
  status: 200,
  answer: { success: 'boolean' },
});

/** By method and path, as they are registered. */
export const API_OPERATIONS: Readonly<Record<string, ApiOperation>> = Object.freeze({
  'POST /register': {
    summary: 'Makes an account.',
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
    summary: 'Who one is; renews the cookie.',
    status: 200,
    answer: { user: 'object' },
  },
  'GET /api/auth/session': {
    summary: 'Who one is, with 200 also for nobody; renews the cookie.',
    status: 200,
    answer: { user: 'object or null' },
    isOpen: true,
  },
  'POST /api/auth/password': {
    ...done(
      'Sets another password and ends all other sessions, both or neither. May be repeated after 503, or no answer.',
    ),
    body: 'password',
  },
  'POST /api/tokens': {
    summary: 'A signed token for where no cookie goes, good for 15 minutes to connect with.',
    body: 'token',
    status: 201,
    answer: { token: 'string', expiresAt: 'string' },
  },
  'POST /api/messages': {
    summary:
      'Sends a message. `parentMessageId` and `replyTo` are two words for the message that it replies to: give one of them.',
    body: 'message',
    status: 201,
    answer: { message: 'object', duplicate: 'boolean' },
    others: {
      200: {
        description:
          'It was stored before, under the same `clientMessageId`; `duplicate` is `true`, and `message` is as it was sent.',
        answer: { message: 'object', duplicate: 'boolean' },
      },
    },
  },
  'GET /api/channels/:roomId/messages': {
    summary:
      'A page of history, oldest first; `before` is the id or the sequence of a message, `after` a sequence: give one of them.',
    query: ['before', 'after', 'limit'],
    status: 200,
    answer: { messages: 'list', hasMore: 'boolean' },
  },
  'PATCH /api/channels/:id': {
    summary: 'Renames a channel, archives it, or takes it into use again.',
    body: 'channelChange',
    status: 200,
    answer: { channel: 'object' },
  },
  'GET /api/conversations': {
    summary: "One's direct and group rooms, latest activity first.",
    status: 200,
    answer: { conversations: 'list' },
  },
  'GET /api/workspaces': {
    summary: 'The workspaces that one belongs to.',
    status: 200,
    answer: { workspaces: 'list' },
  },
  'POST /api/workspaces': {
    summary: 'Makes a workspace, whose owner is its maker.',
    body: 'workspace',
    status: 201,
    answer: { workspace: 'object' },
  },
  'GET /api/workspaces/:id/members': {
    summary: 'Its members by id; `after` is one of these.',
    query: ['after', 'limit'],
    status: 200,
    answer: { members: 'list' },
  },
  'POST /api/workspaces/:id/members': {
    summary: 'Adds a person, or gives a member another role.',
    body: 'workspaceMember',
    status: 201,
    answer: { member: 'object' },
    others: {
      202: {
        description:
          'The person is invited and has the role after accepting: an ownership, or a person who wants to be asked or has blocked a member.',
        answer: { invitation: 'object' },
      },
    },
  },
  'DELETE /api/workspaces/:id/members': {
    ...done('Takes a person out of a workspace and its channels, or leaves it.'),
    body: 'workspaceMember',
  },
  'GET /api/workspaces/:id/channels': {
    summary: 'Its channels by id, archived ones among them.',
    status: 200,
    answer: { channels: 'list' },
  },
  'POST /api/workspaces/:id/channels': {
    summary: 'Makes a channel.',
    body: 'channel',
    status: 201,
    answer: { channel: 'object' },
  },
  'DELETE /api/rooms/:roomId/members/me': done('Leaves a room for good.'),
  'DELETE /api/rooms/:roomId/members/:userId': done('Takes a person out of a room.'),
  'PUT /api/rooms/:roomId/bans/:userId': done('Bans a person from a room.'),
  'DELETE /api/rooms/:roomId/bans/:userId': done('Lets a person in again.'),
  'GET /api/blocks': {
    summary: 'Whom one has blocked.',
    status: 200,
    answer: { users: 'list' },
  },
  'PUT /api/blocks/:userId': done('Blocks a person.'),
  'DELETE /api/blocks/:userId': done('Takes a block back.'),
  'GET /api/invitations': {
    summary:
      'Invitations to workspaces and groups, latest first; `id` is that of the workspace or group.',
    status: 200,
    answer: { invitations: 'list' },
  },
  'POST /api/invitations/:id/accept': done('Accepts an invitation and so becomes a member.'),
  'DELETE /api/invitations/:id': done('Declines an invitation.'),
  'GET /api/privacy': {
    summary: 'Whether strangers who add one to a group or workspace only invite one.',
    status: 200,
    answer: { askBeforeStrangers: 'boolean' },
  },
  'PUT /api/privacy': {
    summary: 'Sets whether strangers who add one to a group or workspace only invite one.',
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
    summary: 'Whether the process lives.',
    status: 200,
    answer: { status: 'string', connections: 'object' },
    isOpen: true,
  },
  'GET /ready': {
    summary: 'Whether all that it needs is there.',
    status: 200,
    answer: { status: 'string', store: 'object' },
    others: {
      503: {
        description: 'A needed part is down: `down` names it.',
        answer: { status: 'string', down: 'names', store: 'object' },
      },
    },
    isOpen: true,
  },
} satisfies Record<string, ApiOperation>);
