/**
 * The records of responses, each written once: the API description is generated from this table, and
 * the types of the functions that encode them are derived from it.
 */
import type { Attachment } from '@parley/protocol';
import {
  ACCOUNT_NOTICE,
  type FieldOf,
  MODERATION_WARNING,
  WIRE_RECORDS,
  WIRE_UNIONS,
} from '@parley/protocol/commands';

/** Field of a record: a type, the values of a text, a record, or a list of one of these. */
export type FieldType = FieldOf<RecordName | UnionName>;

const SHOWN = Object.freeze({
  'displayName?': 'string',
  'nameShared?': 'boolean',
  'externalId?': 'string',
  'avatarUrl?': 'string',
  'isBot?': 'boolean',
} as const);
const NAMED = Object.freeze({ id: 'string', username: 'string', ...SHOWN } as const);
const ROLE = Object.freeze(['owner', 'admin', 'moderator', 'member', 'guest'] as const);
const WORKSPACE_ROLE = Object.freeze(['owner', 'admin', 'member'] as const);

/** Fields by record; a name with `?` is not in every record. */
export const RECORDS = Object.freeze({
  user: { ...NAMED, createdAt: 'time' },
  /**
   * `formerUsername`: a username that was asked for, and that the user had before. `disabled`: the user reads nothing
   * now, until `disabledUntil` if it has an end; `deleted`: and never will.
   */
  namedUser: {
    ...NAMED,
    createdAt: 'time',
    'formerUsername?': 'string',
    'disabled?': 'boolean',
    'disabledUntil?': 'time',
    'deleted?': 'boolean',
  },
  ownProfile: {
    ...NAMED,
    createdAt: 'time',
    role: ROLE,
    email: 'string or null',
    emailConfirmed: 'boolean',
    /** It replaces the confirmed `email` when it is confirmed. */
    'emailPending?': 'string',
    /** Of an owner of the server, in the answer to `GET`: the page still leads through the first steps. */
    'firstSteps?': 'boolean',
  },
  ownUser: { ...NAMED, createdAt: 'time', role: ROLE },
  /** The address of the sign-in is `/api/auth/oidc/NAME`. */
  signInProvider: { name: 'string', label: 'string' },
  ownProvider: { name: 'string', label: 'string', canProve: 'boolean', 'connectedAt?': 'time' },
  passkey: { id: 'string', name: 'string', createdAt: 'time', 'lastUsedAt?': 'time' },
  uploadedFile: {
    id: 'string',
    name: 'string',
    type: 'string',
    size: 'integer',
    'width?': 'integer',
    'height?': 'integer',
    'duration?': 'number',
    'thumbnailUrl?': 'string',
    'blurHash?': 'string',
  },
  /** Null: those of the product. */
  serverProfile: { name: 'string or null', logoUrl: 'string or null' },
  upload: { fileId: 'string', url: 'string', file: 'uploadedFile' },
  /** As owners and admins of the server see it. */
  account: {
    id: 'string',
    username: 'string',
    displayName: 'string',
    role: ROLE,
    disabled: 'boolean',
    'disabledUntil?': 'time',
    'disabledReason?': 'string',
    factors: 'list of string',
    'unconfirmed?': 'boolean',
    lastSeenAt: 'time or null',
  },
  /** A ban without `until` has no end. */
  restriction: {
    userId: 'string',
    username: 'string',
    displayName: 'string',
    'until?': 'time',
    reason: 'string',
    createdBy: 'string',
    createdAt: 'time',
  },
  /** As moderators of the server see it; the message is as it was when it was reported. A rule reports without `reporter`. */
  report: {
    id: 'string',
    reason: 'string',
    state: ['open', 'closed'],
    createdAt: 'time',
    'reporter?': 'reportedUser',
    user: 'reportedUser',
    'message?': 'reportedMessage',
    'action?': 'string',
    'closedAt?': 'time',
    'closedBy?': 'reportedUser',
  },
  reportedUser: { id: 'string', username: 'string', displayName: 'string' },
  reportedMessage: {
    id: 'string',
    roomId: 'string',
    'roomName?': 'string',
    userId: 'string',
    sender: 'string',
    content: 'string',
    files: 'list of string',
    timestamp: 'time',
  },
  accountNotice: ACCOUNT_NOTICE,
  warning: MODERATION_WARNING,
  nameChange: { from: 'string', to: 'string' },
  /** Ids, and the usernames of those who are users; `digest` is that of the chain. */
  auditEntry: {
    id: 'integer',
    at: 'time',
    actor: 'string',
    'actorName?': 'string',
    action: 'string',
    target: 'string',
    'targetName?': 'string',
    'detail?': 'string',
    'renamed?': 'nameChange',
    'roomName?': 'string',
    address: 'string',
    digest: 'string',
  },
  foundUser: { ...NAMED, createdAt: 'time', 'isMember?': 'boolean' },
  ...WIRE_RECORDS,
  session: {
    id: 'string',
    createdAt: 'time',
    lastSeenAt: 'time',
    userAgent: 'string',
    address: 'string',
    current: 'boolean',
  },
  /** As over `/ws/chat`. */
  channelMessage: {
    id: 'string',
    channelId: 'string',
    senderId: 'string',
    senderName: 'string',
    content: 'string',
    createdAt: 'time',
    sequence: 'integer',
    readBy: 'list of string',
    'clientMessageId?': 'string',
    'replyTo?': 'string',
    'editedAt?': 'time',
    'attachments?': 'list of attachment',
    'deleted?': 'boolean',
  },
  /** As over `/messagepal`. */
  directMessage: {
    id: 'string',
    conversationId: 'string',
    senderId: 'string',
    senderName: 'string',
    content: 'string',
    createdAt: 'time',
    sequence: 'integer',
    'recipientId?': 'string',
    'clientMessageId?': 'string',
    'readAt?': 'time',
    'editedAt?': 'time',
    'deleted?': 'boolean',
  },
  conversation: {
    id: 'string',
    kind: ['direct', 'group'],
    name: 'string',
    lastActivity: 'time',
    lastMessage: 'conversationMessage or null',
    unreadCount: 'integer',
  },
  workspace: {
    id: 'string',
    name: 'string',
    'role?': WORKSPACE_ROLE,
    'pictureUrl?': 'string',
    createdAt: 'time',
  },
  workspaceMember: { userId: 'string', username: 'string', ...SHOWN, role: WORKSPACE_ROLE },
  channel: {
    id: 'string',
    workspaceId: 'string',
    name: 'string',
    visibility: ['public', 'private'],
    'topic?': 'string',
    canManage: 'boolean',
    archived: 'boolean',
    unreadCount: 'integer',
    lastActivity: 'time',
    createdAt: 'time',
  },
  inviter: { userId: 'string', username: 'string' },
  /** `id` is the id of the workspace or group. */
  invitation: {
    id: 'string',
    kind: ['workspace', 'group'],
    name: 'string',
    'role?': WORKSPACE_ROLE,
    inviter: 'inviter',
    createdAt: 'time',
  },
  invite: {
    id: 'string',
    roomIds: 'list of string',
    'workspaceId?': 'string',
    'role?': ['guest'],
    'email?': 'string',
    uses: 'integer or null',
    useCount: 'integer',
    createdAt: 'time',
    expiresAt: 'time',
    'creator?': 'inviteCreator',
  },
  inviteCreator: { id: 'string', username: 'string', displayName: 'string' },
  newInvite: {
    id: 'string',
    'token?': 'string',
    'url?': 'string',
    roomIds: 'list of string',
    'workspaceId?': 'string',
    'role?': ['guest'],
    'email?': 'string',
    uses: 'integer or null',
    useCount: 'integer',
    createdAt: 'time',
    expiresAt: 'time',
  },
  invitedRoom: { id: 'string', name: 'string' },
  connectionCounts: { total: 'integer', users: 'integer' },
  store: {
    state: ['up', 'half-open', 'down'],
    description: 'string',
    durability: 'string',
    weakenedBy: 'list of string',
  },
  busState: { state: ['up', 'down'], 'delaySecondsMax?': 'number' },
  clockDifference: { aheadSeconds: 'number' },
  connection: {
    id: 'string',
    user: 'actor',
    dialect: 'string',
    address: 'string',
    openedAt: 'time',
    rooms: 'list of string',
    bufferedBytes: 'integer',
  },
} as const);

/** One of several records. */
export const UNIONS = Object.freeze({
  anyMessage: ['message', 'channelMessage', 'directMessage'],
  conversationMessage: ['message', 'directMessage'],
  ...WIRE_UNIONS,
} as const);

type RecordName = keyof typeof RECORDS;
type UnionName = keyof typeof UNIONS;

/** A value of this type, as the server sends it. */
export type AnswerValue<Type> = Type extends 'string' | 'time'
  ? string
  : Type extends 'integer' | 'number'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'attachment'
        ? Attachment
        : Type extends readonly (infer Value)[]
          ? Value
          : Type extends `list of ${infer Item}`
            ? readonly AnswerValue<Item>[]
            : Type extends `${infer Item} or null`
              ? AnswerValue<Item> | null
              : Type extends RecordName
                ? Answer<Type>
                : Type extends UnionName
                  ? Answer<(typeof UNIONS)[Type][number]>
                  : never;

/** A record, as the server sends it. */
export type Answer<Name extends RecordName> = {
  [N in Name]: {
    readonly [Field in keyof (typeof RECORDS)[N] as Field extends `${string}?`
      ? never
      : Field]: AnswerValue<(typeof RECORDS)[N][Field]>;
  } & {
    readonly [Field in keyof (typeof RECORDS)[N] as Field extends `${infer Bare}?`
      ? Bare
      : never]?: AnswerValue<(typeof RECORDS)[N][Field]>;
  };
}[Name];
