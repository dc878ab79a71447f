/** Purpose, parameters and responses of each API route: the table behind `/api/openapi.json`. */
import type { ApiOperation } from './api-operation.ts';
import { COMMAND_OPERATIONS } from './command-operations.ts';

const LOGIN: Omit<ApiOperation, 'id'> = {
  summary:
    'Starts a session: returns a token and sets the cookie `connect.sid`. For an account with a second factor, `code` is needed: 401 with `details.factor` without it.',
  body: 'login',
  status: 200,
  answer: { success: 'boolean', token: 'string', expiresAt: 'time', user: 'user' },
  isOpen: true,
};
const LOGOUT: Omit<ApiOperation, 'id'> = {
  summary: 'Ends this session and its connections, or with `all` all sessions of the account.',
  body: 'logout',
  status: 200,
  answer: { success: 'boolean' },
};
const done = (id: string, summary: string): ApiOperation => ({
  id,
  summary,
  status: 200,
  answer: { success: 'boolean' },
});

const PAGED = '`next` of the answer is `after` of the next page.';

/** Operations by method and path, as registered. */
export const API_OPERATIONS: Readonly<Record<string, ApiOperation>> = Object.freeze({
  ...COMMAND_OPERATIONS,
  'POST /register': {
    audited: ['user.create', 'invite.use'],
    id: 'register',
    summary:
      'Creates an account; with `invite`, the token of a link that lets people in, the user becomes a member of its rooms.',
    body: 'register',
    status: 201,
    answer: { success: 'boolean', user: 'user' },
    optional: { rooms: 'list of invitedRoom' },
    isOpen: true,
  },
  'POST /login': { ...LOGIN, id: 'logIn', audited: ['login.accept', 'login.refuse'] },
  'POST /api/auth/login': { ...LOGIN, id: 'logInToApi', audited: ['login.accept', 'login.refuse'] },
  'POST /logout': { ...LOGOUT, id: 'logOut', audited: ['sessions.end'] },
  'POST /api/auth/logout': { ...LOGOUT, id: 'logOutOfApi', audited: ['sessions.end'] },
  'GET /api/auth/me': {
    id: 'getMe',
    summary: 'Returns the current user with the role on the server; renews the cookie.',
    status: 200,
    answer: { user: 'ownUser' },
  },
  'GET /api/auth/session': {
    id: 'getSession',
    summary:
      'Returns the current user and the time at which the session ends if it is not used, or `null` with status 200 if not logged in, and whether users may create accounts themselves; renews the cookie.',
    status: 200,
    answer: { user: 'ownUser or null', registration: ['open', 'invited', 'closed'] },
    optional: { expiresAt: 'time' },
    isOpen: true,
  },
  'POST /api/auth/password': {
    audited: ['password.change'],
    id: 'changePassword',
    summary:
      'Changes the password and ends all sessions, atomically; the client continues with the new cookie or `token`. After 503 or without a response, log in: with the new password, or else with the old one.',
    body: 'password',
    status: 200,
    answer: { success: 'boolean', token: 'string', expiresAt: 'time' },
  },
  'POST /api/auth/reset': {
    ...LOGIN,
    audited: ['password.reset', 'factor.remove', 'login.accept'],
    id: 'resetPassword',
    summary:
      'Sets the password of the user of a link, once, removes the second factor, ends all sessions of the user and starts a new one; `token` is that of the link. 404 for a link that has expired, or was used or replaced.',
    body: 'passwordReset',
  },
  'POST /api/auth/forgot': {
    ...done(
      'forgetPassword',
      'Sends a link that sets a new password to the confirmed e-mail address of the account with this username or address. The answer is the same if there is none. 403 if the server sends no mail.',
    ),
    body: 'passwordForgotten',
    isOpen: true,
  },
  'POST /api/auth/email/confirm': {
    ...done(
      'confirmEmail',
      'Confirms the e-mail address to which the link with this token was sent. 404 for a link that has expired, or was used or replaced, and for an address that another account has confirmed.',
    ),
    audited: ['email.confirm'],
    body: 'emailConfirmation',
    isOpen: true,
  },
  'POST /api/auth/proof': {
    id: 'proveIdentity',
    summary:
      'Proves the identity of the user again, with the password and, if the user has a second factor, a code; dangerous acts answer 403 with `details.proof` unless the login or such a proof is at most 10 minutes old. Without `password`: returns until when acts need no proof, or 403.',
    body: 'proof',
    status: 200,
    answer: { success: 'boolean', provedUntil: 'time' },
  },
  'GET /api/auth/totp': {
    id: 'getSecondFactor',
    summary:
      'Returns whether logins of the user need a code, and how many recovery codes are unused.',
    status: 200,
    answer: { enabled: 'boolean', recoveryCodes: 'integer' },
  },
  'POST /api/auth/totp': {
    id: 'startSecondFactor',
    summary:
      'Creates a secret for an authenticator app, and its address for a QR code. Logins need no code before it is confirmed. `password` is needed if the login is older than 10 minutes: 403 with `details.proof`.',
    body: 'factorStart',
    status: 200,
    answer: { secret: 'string', uri: 'string' },
  },
  'POST /api/auth/totp/confirm': {
    audited: ['factor.add'],
    id: 'confirmSecondFactor',
    summary:
      'Turns the second factor on with a first code of the app. Returns ten recovery codes, each for one login without the app; they are in no other answer.',
    body: 'factorCode',
    status: 200,
    answer: { recoveryCodes: 'list of string' },
  },
  'DELETE /api/auth/totp': {
    ...done(
      'removeSecondFactor',
      'Turns the second factor off, with the password and a code of the app or a recovery code.',
    ),
    audited: ['factor.remove'],
    body: 'factorEnd',
  },
  'GET /api/sessions': {
    id: 'listSessions',
    summary: `Lists the login sessions of the user, the latest login first: each with \`id\`, \`createdAt\`, \`lastSeenAt\` (up to 5 minutes old), \`userAgent\` and \`current\`. Empty if another application manages sessions; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { sessions: 'list of session', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'DELETE /api/sessions/:id': done(
    'endSession',
    'Ends a login session of the user, and its connections; `id` as listed.',
  ),
  'POST /api/tokens': {
    id: 'issueToken',
    summary:
      'Issues a signed token for clients that cannot send a cookie; valid for 15 minutes. It cannot issue further tokens, list or end sessions, or change the password.',
    body: 'token',
    status: 201,
    answer: { token: 'string', expiresAt: 'time' },
  },
  'POST /api/tickets': {
    id: 'issueTicket',
    summary:
      'Issues a ticket with which one connection can begin within 30 seconds: `?ticket=` in the address of an upgrade.',
    body: 'token',
    status: 201,
    answer: { ticket: 'string', expiresAt: 'time' },
  },
  'POST /api/messages': {
    id: 'sendMessage',
    summary:
      'Sends a message. `parentMessageId` and `replyTo` both name the message that it replies to; give at most one of them.',
    body: 'message',
    status: 201,
    answer: { message: 'anyMessage', duplicate: 'boolean' },
    optional: { notReached: 'list of string' },
    others: {
      200: {
        description:
          'The message was already stored with the same `clientMessageId`; `duplicate` is `true`, and `message` is the original.',
        answer: { message: 'anyMessage', duplicate: 'boolean' },
      },
    },
  },
  'POST /api/upload': {
    id: 'uploadFiles',
    summary:
      'Uploads files, up to 10 in parts named `file`, for `attachments` of a message within a day: `{fileId}`. Requires the header `X-Parley-Upload: 1`. The type is found in the content; pictures lose their metadata. With one file, the answer has its fields, else `files`. Too large: 413.',
    isForm: true,
    status: 201,
    answer: {},
    optional: {
      ...{ fileId: 'string', url: 'string', file: 'uploadedFile' },
      files: 'list of upload',
    },
  },
  'GET /api/files/:id': {
    id: 'getFile',
    summary:
      'Returns a file to those who may read the room of its message, and to its uploader before it has one; 404 to all others. `Range` is supported. Pictures are shown by browsers, everything else is downloaded.',
    isFile: true,
    status: 200,
    answer: {},
  },
  'GET /api/files/:id/thumbnail': {
    id: 'getThumbnail',
    summary: 'Returns a smaller picture (WebP) of a picture that has `thumbnailUrl`.',
    isFile: true,
    status: 200,
    answer: {},
  },
  'GET /api/channels/:roomId/messages': {
    id: 'listMessages',
    summary:
      'Returns a page of history, oldest first. `before`, `after` and `around` are the id of a message or a sequence, `aroundTime` an ISO 8601 date or time; give at most one of them. A page around a message has `hasNewer` and `anchorSequence` too.',
    query: ['before', 'after', 'around', 'aroundTime', 'limit'],
    status: 200,
    answer: { messages: 'list of channelMessage', hasMore: 'boolean' },
    optional: { hasNewer: 'boolean', anchorSequence: 'integer' },
  },
  'PATCH /api/channels/:id': {
    audited: ['room.update', 'room.archive', 'room.unarchive'],
    id: 'changeChannel',
    summary: 'Renames, archives or unarchives a channel.',
    body: 'channelChange',
    status: 200,
    answer: { channel: 'channel' },
  },
  'GET /api/conversations': {
    id: 'listConversations',
    summary: `Lists the user's direct and group rooms, latest activity first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { conversations: 'list of conversation', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/workspaces': {
    id: 'listWorkspaces',
    summary: `Lists the user's workspaces, oldest first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { workspaces: 'list of workspace', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces': {
    id: 'createWorkspace',
    summary: 'Creates a workspace; the user becomes its owner.',
    body: 'workspace',
    status: 201,
    answer: { workspace: 'workspace' },
  },
  'PATCH /api/workspaces/:id': {
    audited: ['workspace.rename'],
    id: 'renameWorkspace',
    summary: 'Renames a workspace, for its owners.',
    body: 'workspace',
    status: 200,
    answer: { workspace: 'workspace' },
  },
  'GET /api/workspaces/:id/members': {
    id: 'listWorkspaceMembers',
    summary: 'Lists the members of a workspace, ordered by id; `after` is the id of a member.',
    query: ['after', 'limit'],
    status: 200,
    answer: { members: 'list of workspaceMember', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces/:id/members': {
    audited: ['workspace.role'],
    id: 'setWorkspaceMember',
    summary: 'Adds a user, or changes the role of a member.',
    body: 'workspaceMember',
    status: 201,
    answer: { member: 'workspaceMember' },
    others: {
      202: {
        description:
          'The user is invited and gets the role after accepting: for the role of owner, or if the user requires invitations.',
        answer: { invitation: 'workspaceMember' },
      },
    },
  },
  'DELETE /api/workspaces/:id/members': {
    audited: ['workspace.remove'],
    ...done(
      'removeWorkspaceMember',
      'Removes a user from a workspace and its channels, or leaves it.',
    ),
    body: 'workspaceMember',
  },
  'GET /api/workspaces/:id/channels': {
    id: 'listChannels',
    summary: `Lists the channels of a workspace, ordered by id, including archived ones; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { channels: 'list of channel', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces/:id/channels': {
    id: 'createChannel',
    summary: 'Creates a channel.',
    body: 'channel',
    status: 201,
    answer: { channel: 'channel' },
  },
  'PUT /api/rooms/:roomId/members/me': done(
    'joinRoom',
    'Makes the user a member of a room that is open to all, or of a channel of a workspace of the user. It opens the room on no connection, and creates none.',
  ),
  'DELETE /api/rooms/:roomId/members/me': done(
    'leaveRoom',
    'Leaves a room and ends the membership.',
  ),
  'PUT /api/rooms/:roomId/members/:userId': {
    ...done(
      'addRoomMember',
      'Adds a user to a group or room, or gives a member a role there. `owner` hands the room over: its former owner becomes a moderator. `CONFLICT` for another role of the owner.',
    ),
    body: 'roomMember',
    audited: ['member.role'],
    others: {
      202: {
        description:
          'The user is invited and becomes a member after accepting: if the user requires invitations.',
        answer: { success: 'boolean' },
      },
    },
  },
  'DELETE /api/rooms/:roomId/members/:userId': {
    ...done('removeRoomMember', 'Removes a user from a room.'),
    audited: ['member.remove'],
  },
  'PUT /api/rooms/:roomId/bans/:userId': {
    ...done(
      'banUser',
      'Bans a user from a room, until a time if it is given, and replaces a ban that is there.',
    ),
    body: 'ban',
    audited: ['ban.create'],
  },
  'DELETE /api/rooms/:roomId/bans/:userId': {
    ...done('liftBan', 'Lifts the ban of a user.'),
    audited: ['ban.lift'],
  },
  'GET /api/rooms/:roomId/bans': {
    id: 'listBans',
    summary: `For moderators of the room: the users who are banned from it, ordered by id; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { bans: 'list of restriction', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'PUT /api/rooms/:roomId/mutes/:userId': {
    ...done(
      'muteUser',
      'Mutes a user in a room until a time: the user reads the room, and writes nothing in it.',
    ),
    body: 'mute',
    audited: ['mute.create'],
  },
  'DELETE /api/rooms/:roomId/mutes/:userId': {
    ...done('liftMute', 'Lifts the mute of a user.'),
    audited: ['mute.lift'],
  },
  'GET /api/rooms/:roomId/mutes': {
    id: 'listMutes',
    summary: `For moderators of the room: the users who are muted in it, ordered by id; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { mutes: 'list of restriction', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/blocks': {
    id: 'listBlockedUsers',
    summary: `Lists the users that the user has blocked, latest first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { users: 'list of user', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/people': {
    id: 'findPeople',
    summary: `Finds users one of whose names has words that begin with those of \`q\`, without accents and case; 20 at a time, unless \`limit\` is given. With \`roomId\` of a room of yours, its members come first and have \`isMember: true\`, and an empty \`q\` lists members. ${PAGED} \`hasMore\` without \`next\` means that more names match than a search reads: make the text longer.`,
    query: ['q', 'roomId', 'after', 'limit'],
    status: 200,
    answer: { users: 'list of foundUser', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'PUT /api/profile': {
    id: 'setProfile',
    summary:
      'Sets the name that other users see besides the username; an empty text restores the username.',
    body: 'profile',
    status: 200,
    answer: { user: 'user' },
  },
  'GET /api/users': {
    id: 'listUsers',
    summary:
      'Returns users by `ids` and `usernames`, 1 to 50 together, separated by commas. Unknown ones are omitted; users who had one of these usernames before have it as `formerUsername`.',
    query: ['ids', 'usernames'],
    status: 200,
    answer: { users: 'list of namedUser' },
  },
  'PUT /api/blocks/:userId': done('blockUser', 'Blocks a user.'),
  'DELETE /api/blocks/:userId': done('unblockUser', 'Unblocks a user.'),
  'GET /api/me': {
    id: 'getOwnProfile',
    summary: 'Returns the current user with the e-mail address, which other users do not see.',
    status: 200,
    answer: { user: 'ownProfile' },
  },
  'PATCH /api/me': {
    audited: ['user.rename', 'email.change'],
    proof: ['username', 'email'],
    id: 'changeMe',
    summary:
      'Changes the current user: the name that others see, or the username again for an empty text; the username, three times in 30 days, whose former one stays reserved; the e-mail address, unconfirmed, or none for an empty text. Without a field nothing changes.',
    body: 'ownChange',
    status: 200,
    answer: { user: 'ownProfile' },
  },
  'DELETE /api/me': {
    ...done(
      'deleteOwnAccount',
      'Deletes the account of the current user, who states the password: all its sessions end, its names and data go, and its username stays reserved. Its memberships, and its messages if they are to be deleted, go in steps.',
    ),
    body: 'ownDeletion',
    audited: ['user.delete'],
  },
  'GET /api/me/export': {
    id: 'exportOwnData',
    summary:
      'Returns the data of the user as a ZIP archive: `profile.json`, `sessions.json`, `rooms.jsonl`, and for each room of which the user is a member `messages/ID.jsonl` with the messages of the user. One at a time, and 5 a day.',
    status: 200,
    isFile: true,
    audited: ['user.export'],
    proof: true,
    answer: {},
  },
  'GET /api/admin/users': {
    id: 'listAccounts',
    summary: `For owners and admins of the server: lists all accounts by username; with \`q\`, those one of whose names has a word that begins with it. ${PAGED}`,
    query: ['q', 'after', 'limit'],
    status: 200,
    answer: { users: 'list of account', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'PATCH /api/admin/users/:id': {
    audited: ['user.role', 'user.rename'],
    proof: ['role'],
    id: 'changeAccount',
    summary:
      'For owners and admins of the server: sets the role of another user on the server, which ends all sessions of the user, or the name that others see, or both. Admins change no owners, and make only members.',
    body: 'accountChange',
    status: 200,
    answer: { user: 'account' },
  },
  'DELETE /api/admin/users/:id': {
    ...done(
      'deleteAccount',
      'For owners and admins of the server: deletes the account of a user with a lower role. All its sessions end, its names and data go, and its username stays reserved. Its memberships, and its messages if they are to be deleted, go in steps.',
    ),
    body: 'accountDeletion',
    audited: ['user.delete'],
    proof: true,
  },
  'POST /api/admin/users/:id/purge': {
    id: 'purgeUser',
    summary:
      'For owners, admins and moderators of the server: deletes all messages of a user with a lower role, in steps. The account stays.',
    status: 202,
    answer: { jobId: 'string' },
    audited: ['user.purge'],
    proof: true,
  },
  'POST /api/admin/users/:id/disable': {
    audited: ['user.disable'],
    id: 'disableAccount',
    summary:
      'For owners and admins of the server: disables the account of another user, with `until` until then. All its sessions and connections end, and nobody can log in to it: a login with the right password is `FORBIDDEN` with `details: {disabledUntil?, reason?}`. Its messages and memberships stay.',
    body: 'ban',
    status: 200,
    answer: { user: 'account' },
  },
  'POST /api/admin/users/:id/enable': {
    audited: ['user.enable'],
    id: 'enableAccount',
    summary: 'For owners and admins of the server: enables an account that was disabled.',
    status: 200,
    answer: { user: 'account' },
  },
  'POST /api/admin/users/:id/reset': {
    audited: ['reset.create'],
    proof: true,
    id: 'createPasswordReset',
    summary:
      'For owners and admins of the server: creates a link with which another user sets a new password, once and within 24 hours, in place of an earlier link. Only owners do so for owners and admins.',
    status: 200,
    answer: { url: 'string', expiresAt: 'time' },
  },
  'POST /api/admin/users/:id/sessions/end': {
    ...done(
      'endSessionsOfUser',
      'For owners and admins of the server: ends all sessions of a user, and their connections.',
    ),
    audited: ['sessions.end'],
  },
  'GET /api/admin/audit': {
    id: 'listAuditEntries',
    summary: `For owners and admins of the server: lists the entries of the audit log, latest first; with \`actor\` (an id, a username or \`operator\`) and \`action\`, only theirs. ${PAGED}`,
    query: ['actor', 'action', 'after', 'limit'],
    status: 200,
    answer: { entries: 'list of auditEntry', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/reports': {
    id: 'report',
    summary:
      'Reports a message that the user can read, or a user, to the moderators of the server, who also see the text as it is now. While it is open, the same report is returned again. 20 an hour.',
    body: 'report',
    status: 201,
    answer: { report: { id: 'string' } },
  },
  'GET /api/admin/reports': {
    id: 'listReports',
    summary: `For owners, admins and moderators of the server: lists open reports, oldest first, or with \`state=closed\` those that were closed in the last 90 days, latest first. ${PAGED}`,
    query: ['state', 'after', 'limit'],
    status: 200,
    answer: { reports: 'list of report', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/admin/reports/:id': {
    id: 'closeReport',
    summary:
      'For owners, admins and moderators of the server: closes a report about a user of a lower role, and does what is decided. `delete` deletes the message, `warn` shows the user a warning with `reason`, `mute` mutes the user in the room of the message until `until`, by default for a day, `suspend` disables the account until `until`: for moderators at most 30 days, for owners and admins also without an end. `CONFLICT` if it is closed.',
    body: 'reportDecision',
    status: 200,
    answer: { report: 'report' },
    audited: ['report.close', 'message.delete', 'mute.create', 'user.disable'],
  },
  'GET /api/warnings': {
    id: 'listWarnings',
    summary: 'Lists the warnings of moderators that the user has not dismissed, oldest first.',
    status: 200,
    answer: { warnings: 'list of warning' },
  },
  'DELETE /api/warnings/:id': done('dismissWarning', 'Dismisses a warning of the user.'),
  'GET /api/invitations': {
    id: 'listInvitations',
    summary:
      'Lists invitations to workspaces and groups, latest first; `id` is the id of the workspace or group. `next` of the answer is `after` of the next page.',
    query: ['after', 'limit'],
    status: 200,
    answer: { invitations: 'list of invitation', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/invitations/:id/accept': done(
    'acceptInvitation',
    'Accepts an invitation; the user becomes a member.',
  ),
  'DELETE /api/invitations/:id': done('declineInvitation', 'Declines an invitation.'),
  'POST /api/invites': {
    audited: ['invite.create'],
    id: 'createInvite',
    summary:
      'Creates a link that lets people in: to the server, to rooms that the user may add others to, and to a workspace. It is valid for 7 days, or until `expiresAt`, at most 366 days ahead, and for any number of users, or `uses`. `token` and `url` are in no other answer.',
    body: 'invite',
    status: 201,
    answer: { invite: 'newInvite' },
  },
  'GET /api/invites': {
    id: 'listInvites',
    summary: `Lists the links of the user that let people in and have not expired, latest first; with \`scope=all\`, which only owners and admins of the server may use, those of all users with their \`creator\`, also expired ones; \`uses\` is the maximum number of users, \`null\` if there is none; ${PAGED}`,
    query: ['scope', 'after', 'limit'],
    status: 200,
    answer: { invites: 'list of invite', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'DELETE /api/invites/:id': {
    ...done(
      'revokeInvite',
      'Revokes a link of the user, or, for owners and admins of the server, of any user: it lets no user in.',
    ),
    audited: ['invite.revoke'],
  },
  'POST /api/invites/accept': {
    audited: ['invite.use'],
    id: 'acceptInvite',
    summary:
      'Makes the user a member of the rooms of a link that lets people in, and returns them. A user counts once, however often the link is used.',
    body: 'inviteToken',
    status: 200,
    answer: { rooms: 'list of invitedRoom' },
  },
  'GET /api/privacy': {
    id: 'getPrivacy',
    summary:
      'Returns whether strangers can only invite the user to groups and workspaces instead of adding them.',
    status: 200,
    answer: { askBeforeStrangers: 'boolean' },
  },
  'PUT /api/privacy': {
    id: 'setPrivacy',
    summary:
      'Sets whether strangers can only invite the user to groups and workspaces instead of adding them.',
    body: 'privacy',
    status: 200,
    answer: { askBeforeStrangers: 'boolean' },
  },
  'GET /api/openapi.json': {
    id: 'getApiDescription',
    summary: 'This document.',
    status: 200,
    answer: {
      openapi: 'string',
      info: 'description',
      servers: 'description',
      paths: 'description',
      components: 'description',
    },
    isOpen: true,
  },
  'GET /api/asyncapi.json': {
    id: 'getFrameDescription',
    summary: 'The frames of the native dialect over WebSockets, in the format of AsyncAPI 3.0.',
    status: 200,
    answer: {
      asyncapi: 'string',
      info: 'description',
      defaultContentType: 'string',
      servers: 'description',
      channels: 'description',
      operations: 'description',
      components: 'description',
    },
    isOpen: true,
  },
  'GET /health': {
    id: 'getHealth',
    summary: 'Reports that the process is alive.',
    status: 200,
    answer: { status: 'string' },
    optional: {
      version: 'string',
      capabilities: 'list of string',
      connections: 'connectionCounts',
    },
    isOpen: true,
  },
  'GET /ready': {
    id: 'getReadiness',
    summary: 'Reports whether everything that the server needs is available.',
    status: 200,
    answer: { status: 'string', store: 'store' },
    optional: { bus: 'string' },
    others: {
      503: {
        description: 'A required part is down; `down` names it.',
        answer: { status: 'string', down: 'list of string', store: 'store' },
      },
    },
    isOpen: true,
  },
  'GET /debug/connections': {
    id: 'listConnections',
    summary:
      "Lists the open connections of this process, for the server's owner and administrators.",
    status: 200,
    answer: { connections: 'list of connection', totalConnections: 'integer', hasMore: 'boolean' },
  },
} satisfies Record<string, ApiOperation>);
