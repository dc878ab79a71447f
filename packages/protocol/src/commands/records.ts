/**
 * The fields of what the server sends, each record written once: both API descriptions are generated
 * from these tables. The compiler compares them with the types of the frames.
 */
import { ACCOUNT_NOTICE_KINDS } from '../account-notices.ts';
import type {
  ChatMessagePayload,
  CustomEmojiPayload,
  FollowedThreadPayload,
  FoundTextPayload,
  InvitationActivity,
  LinkPreviewPayload,
  MemberPayload,
  MembershipPayload,
  MessageActivity,
  MessagePreviews,
  MessageVersionPayload,
  OwnRoomEntry,
  ReactionCount,
  ReactionPayload,
  RejectedRoom,
  RoomFilePayload,
  RoomListEntry,
  RoomPayload,
  RoomSettingsPayload,
  RoomSnapshot,
  SavedMessagePayload,
  ScheduledMessagePayload,
  SearchResultPayload,
  SelfPayload,
  ServerFrames,
  ServerFrameType,
  UserGroupPayload,
  UserPayload,
} from '../native/server-frames.ts';

/** Field of a record: a type, the values of a text, a record, or a list of one of these. */
export type FieldOf<RecordName extends string> =
  | 'string'
  | 'time'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'attachment'
  | 'description'
  /** Two places in a text: start and exclusive end. */
  | 'range'
  | 'anything'
  | readonly string[]
  | RecordName
  | `list of ${'string' | 'attachment' | 'range' | RecordName}`
  | `${'string' | 'time' | 'integer' | RecordName} or null`;

const SAVED = { savedAt: 'time', 'remindAt?': 'time', 'remindedAt?': 'time' } as const;

const MESSAGE_PREVIEWS = { messageId: 'string', previews: 'list of linkPreview' } as const;

const SCHEDULED = {
  scheduledId: 'string',
  content: 'string',
  'parentMessageId?': 'string',
  'alsoToRoom?': 'boolean',
  'attachments?': 'list of attachment',
  sendAt: 'time',
  createdAt: 'time',
  'failure?': 'string',
} as const;

type WireRecordName = keyof typeof WIRE_RECORDS | keyof typeof WIRE_UNIONS;
type WireField = FieldOf<WireRecordName>;

/** Fields that describe a value of a type. */
type FieldFor<Value> = [Value] extends [boolean]
  ? 'boolean'
  : [Value] extends [number]
    ? 'integer'
    : [Value] extends [string]
      ? 'string' | 'time' | readonly Value[]
      : string;

/** The fields of a type; a name with `?` is not in every value. */
type FieldsFor<Value> = {
  readonly [K in keyof Value & string as Record<never, never> extends Pick<Value, K>
    ? `${K}?`
    : K]: FieldFor<Exclude<Value[K], undefined>>;
};

const SHOWN = {
  'displayName?': 'string',
  'nameShared?': 'boolean',
  'externalId?': 'string',
  'avatarUrl?': 'string',
  'isBot?': 'boolean',
} as const;
const ACTOR = { id: 'string', username: 'string', ...SHOWN } as const;
const PERSON = { roomId: 'string', userId: 'string', username: 'string' } as const;
const ROOM = {
  id: 'string',
  name: 'string',
  'topic?': 'string',
  memberCount: 'integer',
  memberTotal: 'integer',
} as const;
const POSTING = ['members', 'moderators'] as const;
const PERMISSIONS = {
  posting: POSTING,
  inviting: POSTING,
  pinning: POSTING,
  mentioningAll: POSTING,
} as const;
const MUTE = { 'mutedUntil?': 'time or null', 'muteReason?': 'string' } as const;
const ROOM_ENTRY = {
  ...ROOM,
  ...MUTE,
  kind: ['room', 'channel', 'direct', 'group'],
  unreadCount: 'integer',
  mentionCount: 'integer',
  'firstUnreadSequence?': 'integer',
  'markedUnread?': 'boolean',
  lastActivity: 'time',
  'joined?': 'boolean',
  'notificationLevel?': ['all', 'mentions', 'nothing'],
  'canModerate?': 'boolean',
  'canManage?': 'boolean',
  'pictureUrl?': 'string or null',
  'archived?': 'boolean',
  'posting?': POSTING,
  'inviting?': POSTING,
  'pinning?': POSTING,
  'mentioningAll?': POSTING,
  'slowModeSeconds?': 'integer',
  'visibility?': ['public', 'private'],
  'role?': ['owner', 'moderator', 'member'],
  'headSequence?': 'integer',
  'person?': 'member',
  'workspaceId?': 'string',
} as const;
const { 'headSequence?': _, ...OWN_ROOM_ENTRY } = ROOM_ENTRY;
const MEMBERSHIP = {
  userId: 'string',
  username: 'string',
  change: ['joined', 'left', 'removed', 'banned', 'owner', 'moderator', 'member'],
  actorId: 'string',
  afterSequence: 'integer',
  timestamp: 'time',
} as const;
const MESSAGE = {
  id: 'string',
  roomId: 'string',
  sender: 'string',
  userId: 'string',
  content: 'string',
  timestamp: 'time',
  sequence: 'integer',
  'clientMessageId?': 'string',
  'editedAt?': 'time',
  'deleted?': 'boolean',
  'pinned?': 'boolean',
  'reactions?': 'list of reaction',
  'attachments?': 'list of attachment',
  'replyCount?': 'integer',
  'parentMessageId?': 'string',
  'replyNumber?': 'integer',
  'alsoToRoom?': 'boolean',
} as const;
const MEMBER = {
  userId: 'string',
  username: 'string',
  ...SHOWN,
  status: ['online', 'away', 'busy', 'invisible', 'offline'],
  isOnline: 'boolean',
  lastSeen: 'time or null',
  'statusText?': 'string',
  'until?': 'time',
  'role?': ['owner', 'moderator', 'member'],
} as const;
const SNAPSHOT = {
  roomId: 'string',
  memberCount: 'integer',
  memberTotal: 'integer',
  members: 'list of member',
  history: 'list of message',
  events: 'list of roomEvent',
  'memberships?': 'list of membership',
  headSequence: 'integer',
  'firstSequence?': 'integer',
  epoch: 'string',
  truncated: 'boolean',
} as const;
const CHANGE = {
  roomId: 'string',
  messageId: 'string',
  sequence: 'integer',
  userId: 'string',
} as const;
const REACTION_CHANGE = { ...CHANGE, emoji: 'string', count: 'integer' } as const;
const LIST_END = { hasMore: 'boolean', 'next?': 'string' } as const;
const MESSAGES = { roomId: 'string', messages: 'list of message', hasMore: 'boolean' } as const;

/** Frames that are also entries of lists over HTTP. */
export const ACCOUNT_NOTICE = {
  id: 'string',
  kind: ACCOUNT_NOTICE_KINDS,
  at: 'time',
  device: 'string',
  address: 'string',
  'sessionId?': 'string',
} as const;
export const MODERATION_WARNING = {
  id: 'string',
  reason: 'string',
  content: 'string',
  createdAt: 'time',
} as const;

/** Records inside of frames; a name with `?` is not in every record. */
export const WIRE_RECORDS = {
  actor: ACTOR,
  self: { ...ACTOR, 'groups?': 'list of string' },
  userGroup: {
    id: 'string',
    handle: 'string',
    name: 'string',
    memberCount: 'integer',
    'joined?': 'boolean',
  },
  customEmoji: { name: 'string', url: 'string', userId: 'string', createdAt: 'time' },
  reaction: { emoji: 'string', userIds: 'list of string', count: 'integer' },
  reactionCount: { emoji: 'string', count: 'integer' },
  message: MESSAGE,
  member: MEMBER,
  room: ROOM,
  roomSettings: {
    id: 'string',
    name: 'string',
    kind: ['room', 'channel', 'direct', 'group'],
    visibility: ['public', 'private'],
    topic: 'string',
    description: 'string',
    ...PERMISSIONS,
    slowModeSeconds: 'integer',
    archived: 'boolean',
    'pictureUrl?': 'string or null',
    memberTotal: 'integer',
    'isDefault?': 'boolean',
    'role?': ['owner', 'moderator', 'member'],
    'canManage?': 'boolean',
    'canGiveRoles?': 'boolean',
    'canDelete?': 'boolean',
    'canSetDefault?': 'boolean',
    'workspaceId?': 'string',
  },
  roomEntry: ROOM_ENTRY,
  ownRoomEntry: { ...OWN_ROOM_ENTRY, headSequence: 'integer', epoch: 'string' },
  membership: MEMBERSHIP,
  /** Type and payload of a logged frame. */
  roomEvent: { type: 'string', payload: 'anything' },
  snapshot: SNAPSHOT,
  roomError: { code: 'string' },
  rejectedRoom: { roomId: 'string', error: 'roomError' },
  messageActivity: {
    kind: ['mention', 'reply', 'reaction'],
    roomId: 'string',
    roomName: 'string',
    actor: 'actor',
    messageId: 'string',
    sequence: 'integer',
    content: 'string',
    'emoji?': 'string',
    timestamp: 'time',
    unread: 'boolean',
  },
  invitationActivity: {
    kind: ['invitation'],
    targetId: 'string',
    targetKind: ['workspace', 'group'],
    name: 'string',
    actor: 'actor',
    timestamp: 'time',
    unread: 'boolean',
  },
  namedRoom: { id: 'string', name: 'string' },
  searchResult: {
    message: 'message',
    room: 'namedRoom',
    highlights: 'list of range',
    'inFiles?': 'list of foundText',
  },
  foundText: { text: 'string', highlights: 'list of range' },
  followedThread: {
    messageId: 'string',
    room: 'namedRoom',
    'parent?': 'message',
    messages: 'list of message',
    unreadCount: 'integer',
    lastReplyAt: 'time',
  },
  savedMessage: { message: 'message', room: 'namedRoom', ...SAVED },
  scheduledMessage: { ...SCHEDULED, room: 'namedRoom' },
  linkPreview: {
    url: 'string',
    'title?': 'string',
    'description?': 'string',
    'siteName?': 'string',
    'pictureUrl?': 'string',
    'pictureWidth?': 'integer',
    'pictureHeight?': 'integer',
  },
  messagePreviews: MESSAGE_PREVIEWS,
  roomFile: { file: 'attachment', sequence: 'integer', user: 'actor', createdAt: 'time' },
  messageVersion: { content: 'string', editedAt: 'time' },
} as const satisfies {
  readonly actor: FieldsFor<UserPayload>;
  readonly self: FieldsFor<SelfPayload>;
  readonly userGroup: FieldsFor<UserGroupPayload>;
  readonly customEmoji: FieldsFor<CustomEmojiPayload>;
  readonly reaction: FieldsFor<ReactionPayload>;
  readonly reactionCount: FieldsFor<ReactionCount>;
  readonly message: FieldsFor<ChatMessagePayload>;
  readonly member: FieldsFor<MemberPayload>;
  readonly room: FieldsFor<RoomPayload>;
  readonly roomSettings: FieldsFor<RoomSettingsPayload>;
  readonly roomEntry: FieldsFor<RoomListEntry>;
  readonly ownRoomEntry: FieldsFor<OwnRoomEntry>;
  readonly membership: FieldsFor<MembershipPayload>;
  readonly roomEvent: object;
  readonly snapshot: FieldsFor<RoomSnapshot>;
  readonly roomError: FieldsFor<RejectedRoom['error']>;
  readonly rejectedRoom: FieldsFor<RejectedRoom>;
  readonly messageActivity: FieldsFor<MessageActivity>;
  readonly invitationActivity: FieldsFor<InvitationActivity>;
  readonly namedRoom: FieldsFor<SearchResultPayload['room']>;
  readonly searchResult: FieldsFor<SearchResultPayload>;
  readonly foundText: FieldsFor<FoundTextPayload>;
  readonly followedThread: FieldsFor<FollowedThreadPayload>;
  readonly savedMessage: FieldsFor<SavedMessagePayload>;
  readonly scheduledMessage: FieldsFor<ScheduledMessagePayload>;
  readonly linkPreview: FieldsFor<LinkPreviewPayload>;
  readonly messagePreviews: FieldsFor<MessagePreviews>;
  readonly roomFile: FieldsFor<RoomFilePayload>;
  readonly messageVersion: FieldsFor<MessageVersionPayload>;
};

/** One of several records. */
export const WIRE_UNIONS = {
  activity: ['messageActivity', 'invitationActivity'],
  listedRoom: ['ownRoomEntry', 'roomEntry'],
  resumedRoom: ['snapshot', 'rejectedRoom'],
} as const;

/** Payload of each frame of the server. */
const FRAME_RECORDS = {
  connection_established: {
    connectionId: 'string',
    user: 'self',
    serverTime: 'time',
    version: 'string',
    capabilities: 'list of string',
    contentLengthMax: 'integer',
    rooms: 'list of ownRoomEntry',
    ...LIST_END,
  },
  message_ack: {
    'clientMessageId?': 'string',
    id: 'string',
    roomId: 'string',
    sequence: 'integer',
    timestamp: 'time',
    duplicate: 'boolean',
    'notReached?': 'list of string',
  },
  chat_message: MESSAGE,
  message_edited: { ...CHANGE, content: 'string', editedAt: 'time' },
  message_deleted: CHANGE,
  message_pinned: CHANGE,
  message_unpinned: CHANGE,
  reaction_added: { ...REACTION_CHANGE, 'others?': 'list of reactionCount' },
  reaction_removed: REACTION_CHANGE,
  room_joined: { ...SNAPSHOT, roomName: 'string', room: 'room' },
  room_left: { roomId: 'string', 'reason?': 'string', 'sequence?': 'integer' },
  user_joined: PERSON,
  user_left: {
    ...PERSON,
    'sequence?': 'integer',
    'reason?': ['left', 'removed', 'banned'],
    'actorId?': 'string',
    'timestamp?': 'time',
  },
  membership_changed: { ...MEMBERSHIP, roomId: 'string' },
  room_list: { rooms: 'list of listedRoom', ...LIST_END },
  member_list: {
    roomId: 'string',
    members: 'list of member',
    memberCount: 'integer',
    'memberTotal?': 'integer',
    'hasMore?': 'boolean',
    'next?': 'string',
  },
  history: {
    ...MESSAGES,
    'hasNewer?': 'boolean',
    'anchorSequence?': 'integer',
    'memberships?': 'list of membership',
  },
  thread: { ...MESSAGES, 'parent?': 'message', following: 'boolean', unreadCount: 'integer' },
  thread_list: { threads: 'list of followedThread', unreadThreads: 'integer', 'next?': 'string' },
  thread_changed: {
    roomId: 'string',
    messageId: 'string',
    following: 'boolean',
    unreadCount: 'integer',
    unreadThreads: 'integer',
  },
  pins: MESSAGES,
  room_files: { roomId: 'string', files: 'list of roomFile', 'cursor?': 'string' },
  edit_history: { roomId: 'string', messageId: 'string', versions: 'list of messageVersion' },
  link_previews: {
    roomId: 'string',
    enabled: 'boolean',
    messages: 'list of messagePreviews',
    'lastSequence?': 'integer',
  },
  link_preview: { roomId: 'string', ...MESSAGE_PREVIEWS },
  activity: {
    entries: 'list of activity',
    'next?': 'string',
    'moreInvitations?': 'boolean',
  },
  search_results: {
    results: 'list of searchResult',
    'total?': 'integer',
    'cursor?': 'string',
    'incomplete?': 'boolean',
    'unknown?': 'list of string',
  },
  message_saved: { messageId: 'string', roomId: 'string', ...SAVED },
  message_unsaved: { messageId: 'string' },
  saved_messages: { saved: 'list of savedMessage', 'next?': 'string' },
  reminder: { messageId: 'string', roomId: 'string', remindedAt: 'time' },
  message_scheduled: { ...SCHEDULED, roomId: 'string' },
  scheduled_messages: { scheduled: 'list of scheduledMessage' },
  scheduled_cancelled: { scheduledId: 'string' },
  scheduled_changed: {
    scheduledId: 'string',
    roomId: 'string',
    'failure?': 'string',
    state: ['waiting', 'sent', 'failed', 'cancelled'],
  },
  resumed: { rooms: 'list of resumedRoom' },
  user_typing: { ...PERSON, isTyping: 'boolean' },
  message_progress: { roomId: 'string', draftId: 'string', content: 'string' },
  read_position: { ...PERSON, sequence: 'integer' },
  notification_level: { roomId: 'string', level: ['all', 'mentions', 'nothing'] },
  room_changed: {
    roomId: 'string',
    name: 'string',
    topic: 'string',
    ...PERMISSIONS,
    slowModeSeconds: 'integer',
    archived: 'boolean',
    visibility: ['public', 'private'],
    'pictureUrl?': 'string or null',
  },
  mute_changed: { roomId: 'string', ...MUTE },
  moderation_warning: MODERATION_WARNING,
  reports_changed: { open: 'integer' },
  account_notice: ACCOUNT_NOTICE,
  room_settings: { room: 'roomSettings' },
  explanation: {
    roomId: 'string',
    userId: 'string',
    command: 'string',
    allowed: 'boolean',
    reason: 'string',
  },
  presence_update: MEMBER,
  room_activity: {
    roomId: 'string',
    headSequence: 'integer',
    unreadCount: 'integer',
    mentionCount: 'integer',
  },
  member_count: { roomId: 'string', memberCount: 'integer' },
  member_total: { roomId: 'string', memberTotal: 'integer' },
  custom_emoji_list: { emoji: 'list of customEmoji' },
  custom_emoji_deleted: { name: 'string' },
  custom_emoji_changed: { 'added?': 'customEmoji', 'removed?': 'string' },
  workspace_changed: { workspaceId: 'string', name: 'string', pictureUrl: 'string or null' },
  user_group: { group: 'userGroup' },
  user_group_deleted: { groupId: 'string' },
  user_group_list: { groups: 'list of userGroup' },
  user_group_members: { groupId: 'string', members: 'list of actor', ...LIST_END },
  user_groups_changed: { user: 'self' },
  invitations_declined: { inviterId: 'string', declined: 'integer', left: 'integer' },
  group_created: {
    roomId: 'string',
    name: 'string',
    members: 'list of member',
    'invited?': 'list of string',
  },
  resync_required: { roomId: 'string', headSequence: 'integer' },
  history_pruned: { roomId: 'string', firstSequence: 'integer' },
  session_expired: { reason: ['logout', 'password_changed', 'ended', 'expired'] },
  server_draining: { retryAfterMs: 'integer' },
  heartbeat: { sequence: 'integer' },
  pong: {},
  error: {
    code: 'string',
    message: 'string',
    originalType: 'string or null',
    'field?': 'string',
    'retryAfter?': 'integer',
    'details?': 'anything',
    'roomId?': 'string',
    'roomName?': 'string',
  },
} as const satisfies {
  readonly [T in ServerFrameType]: FieldsFor<ServerFrames[T]>;
};

/** The names in the tables exist. */
export const FRAME_FIELDS: Readonly<Record<ServerFrameType, Readonly<Record<string, WireField>>>> =
  FRAME_RECORDS;
