/** Bodies of the requests that are no commands of the native dialect, or have another shape. */
import Type from 'typebox';
import { OptionalAttachments } from '../attachments.ts';
import { OptionalClientMessageId } from '../client-message-id.ts';
import { WireId as Id } from '../wire-id.ts';

const Credentials = Type.Object({
  ...{ username: Type.String(), password: Type.String() },
  /** Of an authenticator app, or a recovery code: for accounts with a second factor. */
  code: Type.Optional(Type.String()),
});

/** Of an authenticator, as `PublicKeyCredential.toJSON()` of browsers gives it: binary fields in base64url. */
const Credential = {
  id: Type.String(),
  rawId: Type.String(),
  type: Type.Literal('public-key'),
};
const NewPasskey = Type.Object({
  ...Credential,
  response: Type.Object({
    clientDataJSON: Type.String(),
    attestationObject: Type.String(),
    transports: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
  }),
});
const UsedPasskey = Type.Object({
  ...Credential,
  response: Type.Object({
    clientDataJSON: Type.String(),
    authenticatorData: Type.String(),
    signature: Type.String(),
    /** The id of the user. */
    userHandle: Type.Optional(Type.String()),
  }),
});

const KeptOrDeleted = Type.Union([Type.Literal('keep'), Type.Literal('delete')]);

export const HTTP_BODIES = {
  register: Type.Object({
    ...{ username: Type.String(), password: Type.String() },
    /** The token of a link that lets people in. */
    invite: Type.Optional(Type.String()),
    /** If the server limits registration to e-mail domains. */
    email: Type.Optional(Type.String()),
  }),
  login: Credentials,
  password: Type.Object({ currentPassword: Type.String(), newPassword: Type.String() }),
  /** `code`: of an authenticator app, or a recovery code. */
  proof: Type.Object({
    password: Type.Optional(Type.String()),
    code: Type.Optional(Type.String()),
  }),
  factorStart: Type.Object({ password: Type.Optional(Type.String()) }),
  factorCode: Type.Object({ code: Type.String() }),
  factorEnd: Type.Object({ password: Type.String(), code: Type.String() }),
  newPasskey: Type.Object({ name: Type.String(), response: NewPasskey }),
  passkeyAnswer: Type.Object({ response: UsedPasskey }),
  passkeyName: Type.Object({ name: Type.String() }),
  /** `link`: connects the provider; without it, the provider proves who the user is. */
  providerBeginning: Type.Object({
    link: Type.Optional(Type.Literal(true)),
    /** Path of the page to show afterwards. */
    next: Type.Optional(Type.String()),
  }),
  /** The rest of a sign-in with a provider: of a new account, or the code of an account. */
  providerCompletion: Type.Object({
    username: Type.Optional(Type.String()),
    displayName: Type.Optional(Type.String()),
    /** The token of a link that lets people in. */
    invite: Type.Optional(Type.String()),
    code: Type.Optional(Type.String()),
  }),
  /** `username`: or the confirmed e-mail address. */
  passwordForgotten: Type.Object({ username: Type.String() }),
  confirmationRequest: Type.Object({ email: Type.Optional(Type.String()) }),
  emailConfirmation: Type.Object({ token: Type.String() }),
  passwordReset: Type.Object({ token: Type.String(), password: Type.String() }),
  message: Type.Object({
    roomId: Type.Optional(Id),
    /** Alias of `roomId`. */
    channelId: Type.Optional(Id),
    /** The recipient of a direct message, instead of a room. */
    recipientId: Type.Optional(Id),
    content: Type.String(),
    clientMessageId: OptionalClientMessageId,
    parentMessageId: Type.Optional(Id),
    /** Alias of `parentMessageId`, as in `/ws/chat`. */
    replyTo: Type.Optional(Id),
    alsoToRoom: Type.Optional(Type.Boolean()),
    attachments: OptionalAttachments,
  }),
  workspace: Type.Object({ name: Type.String() }),
  workspaceMember: Type.Object({
    username: Type.Optional(Type.String()),
    /** Instead of `username`: an id of Parley, or of the application that authenticates the user. */
    userId: Type.Optional(Id),
    role: Type.Optional(
      Type.Union([Type.Literal('owner'), Type.Literal('admin'), Type.Literal('member')]),
    ),
  }),
  roomMember: Type.Object({
    role: Type.Optional(
      Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('member')]),
    ),
  }),
  accountChange: Type.Object({
    role: Type.Optional(
      Type.Union([
        Type.Literal('owner'),
        Type.Literal('admin'),
        Type.Literal('moderator'),
        Type.Literal('member'),
        Type.Literal('guest'),
      ]),
    ),
    /** Empty: the username. */
    displayName: Type.Optional(Type.String()),
  }),
  /** `messages`: whether the messages of the account stay. */
  accountDeletion: Type.Object({ messages: KeptOrDeleted }),
  /** Empty: the name of the product. */
  serverChange: Type.Object({ name: Type.String() }),
  ownDeletion: Type.Object({ password: Type.String(), messages: KeptOrDeleted }),
  ownChange: Type.Object({
    displayName: Type.Optional(Type.String()),
    username: Type.Optional(Type.String()),
    /** Empty: none. */
    email: Type.Optional(Type.String()),
    /** The owner has finished or dismissed the first steps. */
    firstStepsDone: Type.Optional(Type.Literal(true)),
  }),
  /** About one of the two. */
  report: Type.Object({
    messageId: Type.Optional(Id),
    userId: Type.Optional(Id),
    reason: Type.String(),
  }),
  reportDecision: Type.Object({
    action: Type.Union([
      Type.Literal('dismiss'),
      Type.Literal('delete'),
      Type.Literal('warn'),
      Type.Literal('mute'),
      Type.Literal('suspend'),
    ]),
    /** ISO 8601. */
    until: Type.Optional(Type.String()),
    /** Shown to the user who is warned or muted. */
    reason: Type.Optional(Type.String()),
  }),
  invite: Type.Object({
    roomIds: Type.Optional(Type.Array(Id, { maxItems: 50 })),
    workspaceId: Type.Optional(Id),
    /** Maximum number of users; without it, any number. */
    uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    /** ISO 8601. */
    expiresAt: Type.Optional(Type.String()),
    /** Of new accounts on the server. Higher roles are given to users who are in. */
    role: Type.Optional(Type.Union([Type.Literal('member'), Type.Literal('guest')])),
    /** The link is mailed there, for one user. */
    email: Type.Optional(Type.String()),
  }),
  inviteToken: Type.Object({ token: Type.String() }),
  /** ISO 8601; default without an end. */
  ban: Type.Object({ until: Type.Optional(Type.String()), reason: Type.Optional(Type.String()) }),
  /** ISO 8601. */
  mute: Type.Object({ until: Type.String(), reason: Type.Optional(Type.String()) }),
  channel: Type.Object({
    name: Type.String(),
    visibility: Type.Optional(Type.Union([Type.Literal('public'), Type.Literal('private')])),
  }),
  channelChange: Type.Object({
    name: Type.Optional(Type.String()),
    archived: Type.Optional(Type.Boolean()),
  }),
  /** Absent fields stay as they are. */
  privacy: Type.Object({
    askBeforeStrangers: Type.Optional(Type.Boolean()),
    showLastSeen: Type.Optional(Type.Union([Type.Literal('everyone'), Type.Literal('nobody')])),
    acceptMessagesFrom: Type.Optional(
      Type.Union([
        Type.Literal('everybody'),
        Type.Literal('shared-rooms'),
        Type.Literal('contacts'),
      ]),
    ),
  }),
  profile: Type.Object({ displayName: Type.String() }),
  /** No fields are required. */
  token: Type.Object({}),
  logout: Type.Object({ all: Type.Optional(Type.Boolean()) }),
};

export type HttpBodyName = keyof typeof HTTP_BODIES;
export type HttpBody<N extends HttpBodyName> = Type.Static<(typeof HTTP_BODIES)[N]>;
