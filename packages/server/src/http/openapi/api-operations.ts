/** Purpose, parameters and responses of each API route: the table behind `/api/openapi.json`. */
import type { ApiOperation } from './api-operation.ts';
import { COMMAND_OPERATIONS } from './command-operations.ts';

const LOGIN: Omit<ApiOperation, 'id'> = {
  summary:
    'Starts a session: returns a token and sets the cookie `connect.sid`. For an account with a second factor, `code` is needed: 401 with `details.factor` without it. 403 with `details.required` if the server requires a sign-in with a provider.',
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
  forIncomplete: 'any',
  forTokens: true,
};
const done = (id: string, summary: string): ApiOperation => ({
  id,
  summary,
  status: 200,
  answer: { success: 'boolean' },
});

const PRIVACY: ApiOperation['answer'] = {
  askBeforeStrangers: 'boolean',
  showLastSeen: ['everyone', 'nobody'],
  acceptMessagesFrom: ['everybody', 'shared-rooms', 'contacts'],
};

const PAGED = '`next` of the answer is `after` of the next page.';

/** Operations by method and path, as registered. */
export const API_OPERATIONS: Readonly<Record<string, ApiOperation>> = Object.freeze({
  ...COMMAND_OPERATIONS,
  'POST /register': {
    audited: ['user.create', 'invite.use'],
    id: 'register',
    summary:
      'Creates an account; with `invite`, the token of a link that lets people in, the user becomes a member of its rooms. If the server limits registration to e-mail domains, `email` is needed, unless an owner or admin made the link: the account is closed until the address is confirmed, and enters no rooms before.',
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
    forTokens: true,
    id: 'getMe',
    summary: 'Returns the current user with the role on the server; renews the cookie.',
    status: 200,
    answer: { user: 'ownUser' },
  },
  'GET /api/auth/session': {
    forTokens: true,
    forIncomplete: 'any',
    id: 'getSession',
    summary:
      'Returns the current user and the time at which the session ends if it is not used, or `null` with status 200 if not logged in, whether users may create accounts themselves, the providers with which they can sign in, whether passwords sign in others than the owner, whether the server sends mail, the domain of its passkeys, which is null if there are none, the domains of the e-mail addresses with which users register, which are none if no address is asked for, and the name and logo of the server; renews the cookie. `required`: what the server requires of sign-ins and this session lacks; most other routes answer 403 with `details.required`.',
    status: 200,
    answer: {
      user: 'ownUser or null',
      registration: ['open', 'invited', 'closed'],
      providers: 'list of signInProvider',
      sendsMail: 'boolean',
      passkeySite: 'string or null',
      passwordSignIn: 'boolean',
      emailDomains: 'list of string',
      server: 'serverProfile',
    },
    optional: { expiresAt: 'time', required: ['two-step', 'provider', 'email'] },
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
      'Sets the password of the user of a link, once, removes the second factor and the passkeys, ends all sessions of the user and starts a new one; `token` is that of the link. 404 for a link that has expired, or was used or replaced, or that was mailed before the address or the sign-in of the user changed; 403 for one that is older than the second factor or a passkey.',
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
  'POST /api/auth/email': {
    ...done(
      'requestEmailConfirmation',
      'Sends the mail again that confirms the address of an account that is closed until then, or sends it to another address of the domains, `email`; at most 5 an hour. 404 for other accounts.',
    ),
    audited: ['email.change'],
    body: 'confirmationRequest',
    forIncomplete: 'email',
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
  'GET /api/auth/passkeys': {
    forIncomplete: 'two-step',
    id: 'listPasskeys',
    summary: 'Lists the passkeys of the user, the oldest first.',
    status: 200,
    answer: { passkeys: 'list of passkey' },
  },
  'POST /api/auth/passkeys/register/begin': {
    forIncomplete: 'two-step',
    id: 'beginPasskey',
    summary:
      'Returns the options with which a browser makes a passkey (`navigator.credentials.create`), within 5 minutes. An account has at most 20.',
    proof: true,
    status: 200,
    answer: { options: 'anything' },
  },
  'POST /api/auth/passkeys/register/finish': {
    forIncomplete: 'two-step',
    audited: ['factor.add'],
    id: 'addPasskey',
    summary: 'Adds the passkey that a browser has made. `name` has at most 60 characters.',
    body: 'newPasskey',
    proof: true,
    status: 201,
    answer: { passkey: 'passkey' },
  },
  'POST /api/auth/passkeys/login/begin': {
    id: 'beginPasskeyLogin',
    summary:
      'Returns the options with which a browser lets the user choose a passkey (`navigator.credentials.get`), within 5 minutes.',
    status: 200,
    answer: { options: 'anything' },
    isOpen: true,
  },
  'POST /api/auth/passkeys/login/finish': {
    ...LOGIN,
    audited: ['login.accept', 'login.refuse'],
    id: 'logInWithPasskey',
    summary:
      'Starts a session for the user of a passkey, as `POST /login` does. It needs no password and no code.',
    body: 'passkeyAnswer',
  },
  'POST /api/auth/passkeys/proof/begin': {
    forIncomplete: 'two-step',
    id: 'beginPasskeyProof',
    summary:
      'Returns the options with which a browser uses a passkey of the user again, within 5 minutes. 404 if the user has none.',
    status: 200,
    answer: { options: 'anything' },
  },
  'POST /api/auth/passkeys/proof/finish': {
    forIncomplete: 'two-step',
    id: 'proveWithPasskey',
    summary: 'Proves the identity of the user for 10 minutes, as `POST /api/auth/proof` does.',
    body: 'passkeyAnswer',
    status: 200,
    answer: { success: 'boolean', provedUntil: 'time' },
  },
  'PATCH /api/auth/passkeys/:id': {
    ...done('renamePasskey', 'Renames a passkey of the user.'),
    body: 'passkeyName',
  },
  'DELETE /api/auth/passkeys/:id': {
    ...done('removePasskey', 'Removes a passkey of the user: it signs in no more.'),
    audited: ['factor.remove'],
    proof: true,
  },
  'GET /api/auth/oidc/pending': {
    id: 'getPendingSignIn',
    summary:
      'Returns what is left of a sign-in with a provider that this browser has begun: `needs` is `account` if an account with the proposed `username` would be created, or `code` for an account with a second factor. 404 if nothing is.',
    status: 200,
    answer: {
      ...{ provider: 'string', label: 'string', needs: ['account', 'code'], next: 'string' },
    },
    optional: { username: 'string', displayName: 'string' },
    isOpen: true,
  },
  'POST /api/auth/oidc/complete': {
    ...LOGIN,
    audited: ['user.create', 'invite.use', 'user.role', 'login.accept', 'login.refuse'],
    id: 'completeSignIn',
    summary:
      'Completes a sign-in with a provider: creates the account with the `username` that the user has chosen, or verifies `code`; then starts a session. 404 if this browser has begun none within 10 minutes.',
    body: 'providerCompletion',
    optional: { rooms: 'list of invitedRoom' },
  },
  'GET /api/auth/oidc': {
    id: 'listSignInProviders',
    summary:
      'Lists the providers, with `connectedAt` those with which the user can sign in, with `canProve` those that prove an identity, and whether the account has a password too.',
    status: 200,
    answer: { providers: 'list of ownProvider', hasPassword: 'boolean' },
  },
  'POST /api/auth/oidc/:provider': {
    id: 'beginSignInOfUser',
    summary:
      'Returns the address of a provider, to which the browser then goes: with `link`, the identity there is connected to the account, and signs in to it from then on; without it, the provider asks the user to sign in again, which is a proof of identity, as `POST /api/auth/proof` is; 403 for a provider without `canProve`.',
    body: 'providerBeginning',
    proof: ['link'],
    status: 200,
    answer: { url: 'string' },
  },
  'DELETE /api/auth/oidc/:provider': {
    ...done(
      'unlinkSignInProvider',
      'Ends the connection of the account to a provider. 409 if the account has no password and no other provider.',
    ),
    audited: ['identity.remove'],
    proof: true,
  },
  'GET /api/auth/oidc/:provider': {
    id: 'beginSignIn',
    summary:
      'Begins a sign-in with a provider of `GET /api/auth/session`, to which it redirects; `next` is the path of the page to show afterwards.',
    query: ['next'],
    status: 302,
    answer: {},
    isOpen: true,
  },
  'GET /api/auth/oidc/:provider/callback': {
    forIncomplete: 'any',
    audited: ['identity.add', 'user.role', 'login.accept', 'login.refuse'],
    id: 'finishSignIn',
    summary:
      'The redirect address for providers. Starts a session for a known identity, and redirects to the page, which asks before an account is created.',
    status: 302,
    answer: {},
    isOpen: true,
  },
  'POST /api/auth/proof': {
    forIncomplete: 'two-step',
    id: 'proveIdentity',
    summary:
      'Proves the identity of the user again, with the password and, if the user has a second factor, a code; dangerous acts answer 403 with `details.proof` unless the login or such a proof is at most 10 minutes old. Without `password`: returns until when acts need no proof, or 403.',
    body: 'proof',
    status: 200,
    answer: { success: 'boolean', provedUntil: 'time' },
  },
  'GET /api/auth/totp': {
    forIncomplete: 'two-step',
    id: 'getSecondFactor',
    summary:
      'Returns whether logins of the user need a code, and how many recovery codes are unused.',
    status: 200,
    answer: { enabled: 'boolean', recoveryCodes: 'integer' },
  },
  'POST /api/auth/totp': {
    forIncomplete: 'two-step',
    id: 'startSecondFactor',
    summary:
      'Creates a secret for an authenticator app, and its address for a QR code. Logins need no code before it is confirmed. `password` is needed if the login is older than 10 minutes: 403 with `details.proof`.',
    body: 'factorStart',
    status: 200,
    answer: { secret: 'string', uri: 'string' },
  },
  'POST /api/auth/totp/confirm': {
    forIncomplete: 'two-step',
    audited: ['factor.add'],
    id: 'confirmSecondFactor',
    summary:
      'Turns the second factor on with a first code of the app, and ends all other sessions of the user. Returns ten recovery codes, each for one login without the app; they are in no other answer.',
    body: 'factorCode',
    status: 200,
    answer: { recoveryCodes: 'list of string' },
  },
  'POST /api/auth/totp/recovery-codes': {
    audited: ['factor.codes'],
    proof: true,
    id: 'renewRecoveryCodes',
    summary: 'Returns ten new recovery codes; the former ones are no longer valid.',
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
    summary: `Lists the login sessions of the user, the latest login first: each with \`id\`, \`createdAt\`, \`lastSeenAt\` (up to 5 minutes old), \`userAgent\` and \`address\` of the login, and \`current\`. Empty if another application manages sessions; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { sessions: 'list of session', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'DELETE /api/sessions/:id': done(
    'endSession',
    'Ends a login session of the user, and its connections; `id` as listed.',
  ),
  'GET /api/auth/notices': {
    id: 'listAccountNotices',
    summary:
      'Lists the sign-ins and changes of the account by other devices that the user has not dismissed, of the last 14 days, oldest first; at most 20.',
    status: 200,
    answer: { notices: 'list of accountNotice' },
  },
  'DELETE /api/auth/notices/:id': done(
    'dismissAccountNotice',
    'Dismisses such a notice on all devices; the session that it is about cannot.',
  ),
  'POST /api/tokens': {
    id: 'issueToken',
    summary:
      'Issues a signed token for clients that cannot send a cookie; valid for 15 minutes. It connects, reads and writes messages, and nothing else.',
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
    forTokens: true,
    id: 'sendMessage',
    summary:
      'Sends a message. `parentMessageId` and `replyTo` both name the message that it replies to; give at most one of them. `alsoToRoom` makes a reply a message of the room, too.',
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
    forTokens: true,
    id: 'uploadFiles',
    summary:
      'Uploads files, up to 10 in parts named `file`, for `attachments` of a message within a day: `{fileId}`. Requires the header `X-Parley-Upload: 1`. The type is found in the content; pictures, films and sound of phones lose place and camera data, or are refused with 400. With one file, the answer has its fields, else `files`. Too large: 413.',
    isForm: true,
    status: 201,
    answer: {},
    optional: {
      ...{ fileId: 'string', url: 'string', file: 'uploadedFile' },
      files: 'list of upload',
    },
  },
  'POST /api/upload/resumable': {
    forTokens: true,
    id: 'beginUpload',
    summary:
      'Begins an upload of one file that goes on where it breaks off (tus 1.0.0: creation, termination, expiration): headers `Tus-Resumable: 1.0.0`, `X-Parley-Upload: 1`, `Upload-Length`, and `Upload-Metadata` with `filename`. The address of the upload is in `Location`. Unfinished ones expire after a day; of one user, 10 are kept, and another takes the place of a complete one, or of the oldest.',
    status: 201,
    answer: {},
    optional: { fileId: 'string', url: 'string', file: 'uploadedFile' },
  },
  'HEAD /api/upload/resumable/:id': {
    forTokens: true,
    id: 'getUploadOffset',
    summary:
      'Where an own upload goes on: `Upload-Offset` and `Upload-Length`. Ends a request that still writes it.',
    status: 204,
    answer: {},
  },
  'PATCH /api/upload/resumable/:id': {
    forTokens: true,
    id: 'continueUpload',
    summary:
      'Continues an own upload with bytes of the type `application/offset+octet-stream` at `Upload-Offset`; 409 for another offset. With the last byte the file is stored, and the answer is that of `POST /api/upload`; it is repeated for a request without bytes at the end.',
    status: 200,
    answer: { fileId: 'string', url: 'string', file: 'uploadedFile' },
    others: { 204: { description: 'Bytes are missing.', answer: {} } },
  },
  'DELETE /api/upload/resumable/:id': {
    forTokens: true,
    id: 'endUpload',
    summary: 'Ends an own upload and deletes its bytes; a stored file stays.',
    status: 204,
    answer: {},
  },
  'GET /api/files/:id': {
    forTokens: true,
    id: 'getFile',
    summary:
      'Returns a file to those who may read the room of its message, and to its uploader before it has one; 404 to all others. `Range` is supported. Pictures are shown by browsers, everything else is downloaded.',
    isFile: true,
    status: 200,
    answer: {},
  },
  'GET /api/files/:id/thumbnail': {
    forTokens: true,
    id: 'getThumbnail',
    summary:
      'Returns a smaller picture (WebP) of a picture that has `thumbnailUrl`: 720 pixels at most, with `size=small` 240. It is made after the upload: until then the answer is the picture itself, with an `ETag` of its own.',
    query: ['size'],
    isFile: true,
    status: 200,
    answer: {},
  },
  'GET /api/rooms/:roomId/link-previews/:messageId/:pictureId': {
    forTokens: true,
    id: 'getLinkPicture',
    summary:
      'Returns the picture (WebP) of a link of a message to those who may read the message; `pictureUrl` of its preview is this address.',
    isFile: true,
    status: 200,
    answer: {},
  },
  'GET /api/channels/:roomId/messages': {
    forTokens: true,
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
    forTokens: true,
    id: 'listConversations',
    summary: `Lists the user's direct and group rooms, latest activity first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { conversations: 'list of conversation', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/workspaces': {
    forTokens: true,
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
  'PUT /api/workspaces/:id/picture': {
    id: 'setWorkspacePicture',
    summary:
      'Uploads the picture of a workspace, for its owners, as one part named `file`: PNG, JPEG, GIF or WebP, up to 5 MB, of which the middle is stored as a square without metadata. It is shown to the members, and `/thumbnail` behind its address is smaller. Members who are connected receive `workspace_changed`.',
    isForm: true,
    status: 200,
    answer: { workspace: 'workspace' },
    audited: ['workspace.update'],
  },
  'DELETE /api/workspaces/:id/picture': {
    id: 'removeWorkspacePicture',
    summary: 'Removes the picture of a workspace, for its owners.',
    status: 200,
    answer: { workspace: 'workspace' },
    audited: ['workspace.update'],
  },
  'GET /api/workspaces/:id/members': {
    forTokens: true,
    id: 'listWorkspaceMembers',
    summary: 'Lists the members of a workspace, ordered by id; `after` is the id of a member.',
    query: ['after', 'limit'],
    status: 200,
    answer: { members: 'list of workspaceMember', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces/:id/members': {
    proof: ['role=owner'],
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
    forTokens: true,
    id: 'listChannels',
    summary: `Lists the channels of a workspace, ordered by id, including archived ones and the user's private ones; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { channels: 'list of channel', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'POST /api/workspaces/:id/channels': {
    id: 'createChannel',
    summary: 'Creates a channel, which all members of the workspace may join, or a private one.',
    body: 'channel',
    status: 201,
    answer: { channel: 'channel' },
  },
  'PUT /api/rooms/:roomId/members/me': {
    ...done(
      'joinRoom',
      'Makes the user a member of a room that is open to all, or of a channel of a workspace of the user. It opens the room on no connection, and creates none.',
    ),
    forTokens: true,
  },
  'DELETE /api/rooms/:roomId/members/me': done(
    'leaveRoom',
    'Leaves a room and ends the membership.',
  ),
  'PUT /api/rooms/:roomId/members/:userId': {
    proof: ['role=owner'],
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
    forTokens: true,
    id: 'listBlockedUsers',
    summary: `Lists the users that the user has blocked, latest first; ${PAGED}`,
    query: ['after', 'limit'],
    status: 200,
    answer: { users: 'list of user', hasMore: 'boolean' },
    optional: { next: 'string' },
  },
  'GET /api/people': {
    forTokens: true,
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
      'Sets the name that other users see besides the username; an empty text restores the username. 20 changes an hour.',
    body: 'profile',
    status: 200,
    answer: { user: 'user' },
    audited: ['user.rename'],
  },
  'GET /api/users': {
    forTokens: true,
    id: 'listUsers',
    summary:
      'Returns users by `ids` and `usernames`, 1 to 50 together, separated by commas. Unknown ones are omitted; users who had one of these usernames before have it as `formerUsername`. `disabled` users read nothing, until `disabledUntil` if it has an end; `deleted` ones get no messages.',
    query: ['ids', 'usernames'],
    status: 200,
    answer: { users: 'list of namedUser' },
  },
  'PUT /api/blocks/:userId': done('blockUser', 'Blocks a user.'),
  'DELETE /api/blocks/:userId': done('unblockUser', 'Unblocks a user.'),
  'GET /api/me': {
    forTokens: true,
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
      'Changes the current user: the name that others see, or the username again for an empty text; the username, three times in 30 days, whose former one stays reserved; the e-mail address, unconfirmed, or none for an empty text. A confirmed address stays in force until the new one, `emailPending`, is confirmed too, if the server sends mail. Without a field nothing changes.',
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
  'PUT /api/me/avatar': {
    id: 'setOwnAvatar',
    summary:
      'Uploads the picture that others see of the current user, as one part named `file`: PNG, JPEG, GIF or WebP, up to 5 MB. The middle of it is stored as a square without metadata; `avatarUrl` of the user is its address, and `/thumbnail` behind it a smaller one, for all who are logged in. The address changes with the picture. Too large: 413.',
    isForm: true,
    status: 200,
    answer: { user: 'user' },
  },
  'DELETE /api/me/avatar': {
    id: 'removeOwnAvatar',
    summary: 'Removes the picture of the current user.',
    status: 200,
    answer: { user: 'user' },
  },
  'PUT /api/rooms/:roomId/picture': {
    id: 'setRoomPicture',
    summary:
      'Uploads the picture of a room, as one part named `file`: PNG, JPEG, GIF or WebP, up to 5 MB, of which the middle is stored as a square without metadata. For those who may change the settings of the room; it is shown to those who may read it, and `/thumbnail` behind its address is smaller. Those who have the room open receive `room_changed`.',
    isForm: true,
    status: 200,
    answer: { pictureUrl: 'string or null' },
    audited: ['room.update'],
  },
  'DELETE /api/rooms/:roomId/picture': {
    id: 'removeRoomPicture',
    summary: 'Removes the picture of a room, for those who may change its settings.',
    status: 200,
    answer: { pictureUrl: 'string or null' },
    audited: ['room.update'],
  },
  'PUT /api/emoji/:name': {
    id: 'addCustomEmoji',
    summary:
      'Uploads a custom emoji of the server, as one part named `file`: PNG, JPEG, GIF or WebP, up to 1 MB, also animated with at most 100 frames. It is written again without metadata, with sides of at most 128 pixels. The name has 2 to 30 small letters, digits, `_` and `-`; 409 for the name of another emoji, and 400 for that of a standard emoji. At most 500. For owners and admins of the server.',
    isForm: true,
    status: 201,
    answer: { emoji: 'customEmoji' },
    audited: ['emoji.create'],
  },
  'GET /api/me/export': {
    id: 'exportOwnData',
    summary:
      'Returns the data of the user as a ZIP archive, whose `README.txt` names its files, and what is left out and why: the account, its choices, sessions and notices, and the messages, reactions and files of the user, also of rooms that the user has left, with both sides of direct conversations. One at a time, and 5 a day.',
    status: 200,
    isFile: true,
    audited: ['user.export'],
    proof: true,
    answer: {},
  },
  'GET /api/server': {
    id: 'getServer',
    summary:
      'Returns the name and the address of the logo that the administrators gave the server, at most a second old.',
    status: 200,
    answer: { server: 'serverProfile' },
    isOpen: true,
  },
  'PATCH /api/admin/server': {
    audited: ['server.update'],
    id: 'renameServer',
    summary:
      'Gives the server a name of up to 40 characters, which the page and mail show; empty for the name of the product. For owners and admins of the server.',
    body: 'serverChange',
    status: 200,
    answer: { server: 'serverProfile' },
  },
  'PUT /api/admin/server/logo': {
    audited: ['server.update'],
    id: 'setServerLogo',
    summary:
      'Shows the middle of a picture (PNG, JPEG, GIF or WebP, up to 5 MB) as the logo of the server. For owners and admins of the server.',
    isForm: true,
    status: 200,
    answer: { server: 'serverProfile' },
  },
  'DELETE /api/admin/server/logo': {
    audited: ['server.update'],
    id: 'removeServerLogo',
    summary: 'Shows the sign of the product again. For owners and admins of the server.',
    status: 200,
    answer: { server: 'serverProfile' },
  },
  'GET /api/server/logo/:id': {
    id: 'getServerLogo',
    summary: 'Returns the logo of the server, for everybody. 404 for a former one.',
    isFile: true,
    status: 200,
    answer: {},
    isOpen: true,
  },
  'GET /api/admin/users': {
    id: 'listAccounts',
    summary: `For owners and admins of the server: lists all accounts by username; with \`q\`, those one of whose names has a word that begins with it. \`unconfirmed\`: the account is closed until its e-mail address is confirmed. ${PAGED}`,
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
  'DELETE /api/admin/users/:id/avatar': {
    ...done(
      'removeAvatar',
      'For owners and admins of the server: removes the picture that another user has uploaded.',
    ),
    audited: ['user.avatar'],
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
    proof: true,
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
    proof: true,
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
    summary: `For owners, admins and moderators of the server: lists open reports, oldest first, or with \`state=closed\` those that were closed in the last 90 days, latest first. \`open\` is the number of open reports, at most 1000. ${PAGED}`,
    query: ['state', 'after', 'limit'],
    status: 200,
    answer: { reports: 'list of report', hasMore: 'boolean', open: 'integer' },
    optional: { next: 'string' },
  },
  'POST /api/admin/reports/:id': {
    proof: ['action=suspend'],
    id: 'closeReport',
    summary:
      'For owners, admins and moderators of the server: closes a report about a user of a lower role, and does what is decided. `delete` deletes the message, `warn` shows the user a warning with `reason`, `mute` mutes the user in the room of the message until `until`, by default for a day, `suspend` disables the account until `until`: for moderators at most 30 days, for owners and admins also without an end. `CONFLICT` if it is closed.',
    body: 'reportDecision',
    status: 200,
    answer: { report: 'report' },
    audited: ['report.close', 'message.delete', 'mute.create', 'user.disable'],
  },
  'GET /api/warnings': {
    forTokens: true,
    id: 'listWarnings',
    summary: 'Lists the warnings of moderators that the user has not dismissed, oldest first.',
    status: 200,
    answer: { warnings: 'list of warning' },
  },
  'DELETE /api/warnings/:id': done('dismissWarning', 'Dismisses a warning of the user.'),
  'GET /api/invitations': {
    forTokens: true,
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
    proof: true,
    audited: ['invite.create'],
    id: 'createInvite',
    summary:
      'Creates a link that lets people in: to the server, to rooms that the user may add others to, and to a workspace. It is valid for 7 days, or until `expiresAt`, at most 366 days ahead, and for any number of users, or `uses`. `token` and `url` are in no other answer. With `email`, the link is for one user and is mailed there: it is in no answer.',
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
    forTokens: true,
    id: 'getPrivacy',
    summary:
      'Returns who reaches the user, and what is shown of the user. `askBeforeStrangers`: strangers can only invite the user to groups and workspaces instead of adding them. `showLastSeen`: whether others are shown when the user was last seen. `acceptMessagesFrom`: who may begin to write to the user, and add the user to groups: `everybody`, users who share a room with the user (`shared-rooms`), or those who have both written in their direct room or share a group or workspace (`contacts`). Others get `FORBIDDEN`; owners and admins of the server, and users to whom the user has written, are accepted.',
    status: 200,
    answer: PRIVACY,
  },
  'PUT /api/privacy': {
    id: 'setPrivacy',
    summary: 'Changes the given parts of the privacy of the user, and returns all.',
    body: 'privacy',
    status: 200,
    answer: PRIVACY,
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
    optional: { bus: 'busState', clock: 'clockDifference' },
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
