/**
 * The fields of what the server sends, each record written once: both API descriptions are generated
 * from these tables. The compiler compares them with the types of the frames.
 */
import type {
  ChatMessagePayload,
  InvitationActivity,
  MemberPayload,
  MembershipPayload,
  MessageActivity,
  OwnRoomEntry,
  ReactionPayload,
  RejectedRoom,
  RoomListEntry,
  RoomPayload,
  RoomSettingsPayload,
  RoomSnapshot,
  SearchResultPayload,
  ServerFrames,
  ServerFrameType,
  UserPayload,
} from '../native/server-frames.ts';

/** Field of a record: a type, the values of a text, a record, or a list of one of these. */
export type FieldOf<RecordName extends string> =
  | 'string'
  | 'time'
  | 'integer'
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
const PERSON = { roomId: 'string', userId: 'string', username: 'string' } as const;
const ROOM = {
  id: 'string',
  name: 'string',
  'topic?': 'string',
  memberCount: 'integer',
  memberTotal: 'integer',
} as const;
const POSTING = ['members', 'moderators'] as const;
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
  'archived?': 'boolean',
  'posting?': POSTING,
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
} as const;
const MEMBER = {
  userId: 'string',
  username: 'string',
  ...SHOWN,
  status: ['online', 'away', 'busy', 'offline'],
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

/** Records inside of frames; a name with `?` is not in every record. */
export const WIRE_RECORDS = {
  actor: { id: 'string', username: 'string', ...SHOWN },
  reaction: { emoji: 'string', userIds: 'list of string', count: 'integer' },
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
    posting: POSTING,
    archived: 'boolean',
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
  searchResult: { message: 'message', room: 'namedRoom', highlights: 'list of range' },
} as const satisfies {
  readonly actor: FieldsFor<UserPayload>;
  readonly reaction: FieldsFor<ReactionPayload>;
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
    user: 'actor',
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
  reaction_added: REACTION_CHANGE,
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
  thread: { ...MESSAGES, 'parent?': 'message' },
  pins: MESSAGES,
  activity: {
    entries: 'list of activity',
    'next?': 'string',
    'moreInvitations?': 'boolean',
  },
  search_results: { results: 'list of searchResult', 'cursor?': 'string' },
  resumed: { rooms: 'list of resumedRoom' },
  user_typing: { ...PERSON, isTyping: 'boolean' },
  message_progress: { roomId: 'string', draftId: 'string', content: 'string' },
  read_position: { ...PERSON, sequence: 'integer' },
  notification_level: { roomId: 'string', level: ['all', 'mentions', 'nothing'] },
  room_changed: {
    roomId: 'string',
    name: 'string',
    topic: 'string',
    posting: POSTING,
    archived: 'boolean',
    visibility: ['public', 'private'],
  },
  mute_changed: { roomId: 'string', ...MUTE },
  moderation_warning: { id: 'string', reason: 'string', content: 'string', createdAt: 'time' },
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
