/** Rows of both SQL stores, SQLite and PostgreSQL, and their conversion to records. */
import {
  type Attachment,
  type ClientMessageId,
  type Epoch,
  LIMITS,
  type MessageId,
  type NotificationLevel,
  type RoomId,
  type RoomKind,
  type UserId,
  type WorkspaceId,
} from '@parley/protocol';
import { hydrateEvent } from '../../model/hydrate-event.ts';
import type { LogEntry } from '../../model/log-entry.ts';
import type { MembershipChange, MembershipChangeKind } from '../../model/membership-change.ts';
import type { Message, Reaction } from '../../model/message.ts';
import type { MessageFlag } from '../../model/message-flags.ts';
import {
  countFitting,
  ITEM_BYTES,
  PAGE_BYTES_MAX,
  REACTION_ITEM_BYTES,
  REACTION_USER_BYTES,
} from '../../model/page-bytes.ts';
import type { LogStart } from '../../model/pruned-log.ts';
import type { Reader } from '../../model/read-receipt.ts';
import { type Room, TEMPORARY_PREFIX } from '../../model/room.ts';
import type { LogHead, RoomEvent } from '../../model/room-event.ts';
import type { RoomMember, UnusedRooms } from '../../model/room-member.ts';
import { type PermissionCells, toPermissions } from '../../model/room-permissions.ts';
import { toRole, toRoomRole } from '../../model/stored-role.ts';
import {
  type AcceptedWriters,
  OWN_ISSUER,
  type StoredPresence,
  type User,
} from '../../model/user.ts';

export interface UserRow {
  readonly id: UserId;
  readonly username: string;
  readonly display_name: string;
  readonly external_id: string | null;
  readonly avatar_url: string | null;
  readonly role: string;
  readonly disabled_at: number | null;
  readonly disabled_until: number | null;
  readonly disabled_reason: string | null;
  readonly deleted_at: number | null;
  readonly created_at: number;
  readonly hides_last_seen: number;
  readonly accepted_writers: number;
  readonly name_shared: number;
  readonly is_bot: number;
}

/** Values of `users.accepted_writers`; 0 is everybody. */
const [SHARED_ROOMS, CONTACTS] = [1, 2] as const;

export function toWritersCell(accepted: AcceptedWriters): number {
  return { everybody: 0, 'shared-rooms': SHARED_ROOMS, contacts: CONTACTS }[accepted];
}

export interface PresenceRow {
  readonly user_id: UserId;
  readonly status: string;
  readonly status_text: string | null;
  readonly until: number | null;
  readonly chosen_at: number;
}

const STATUSES = ['away', 'busy', 'invisible'] as const;

export function toStoredPresence(row: PresenceRow): StoredPresence {
  const { status } = row;
  return {
    userId: row.user_id,
    status: STATUSES.find((each) => each === status) ?? 'online',
    statusText: row.status_text ?? undefined,
    untilMs: row.until ?? undefined,
    chosenAtMs: row.chosen_at,
  };
}

/** The latest time that every client can show: the end of the year 9999. */
const TIME_MAX_MS = 253_402_300_799_999;

export const USER_COLUMNS = `u.id, u.username, u.display_name, u.external_id, u.avatar_url, u.role, u.disabled_at, u.disabled_until, u.disabled_reason, u.deleted_at, u.created_at, u.hides_last_seen, u.accepted_writers,
  CASE WHEN EXISTS (SELECT 1 FROM users alike WHERE alike.name_key = u.name_key AND alike.id <> u.id) THEN 1 ELSE 0 END AS name_shared,
  CASE WHEN EXISTS (SELECT 1 FROM external_identities own WHERE own.issuer = '${OWN_ISSUER}' AND own.user_id = u.id) THEN 1 ELSE 0 END AS is_bot`;

/**
 * Whether nobody can use the account now, as `isDisabled` of the model. A suspension that is over may still be marked.
 *
 * @param user Alias of the account. @param time Parameter with the time.
 */
export function isDisabledRow(user: string, time: string): string {
  return `(${user}.disabled_at IS NOT NULL AND (${user}.disabled_until IS NULL OR ${user}.disabled_until > ${time}))`;
}

/** A range of the index: this is after every key that begins with the text. */
export const LAST_CHARACTER = '\u{10FFFF}';

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    ...(row.name_shared === 1 && { isNameShared: true }),
    ...(row.external_id !== null && { externalId: row.external_id }),
    ...(row.avatar_url !== null && { avatarUrl: row.avatar_url }),
    ...(row.is_bot === 1 && { isBot: true }),
    ...(row.hides_last_seen === 1 && { hidesLastSeen: true }),
    ...(row.accepted_writers === SHARED_ROOMS && { acceptedWriters: 'shared-rooms' }),
    ...(row.accepted_writers === CONTACTS && { acceptedWriters: 'contacts' }),
    role: toRole(row.role),
    ...(row.disabled_at !== null && { disabledAtMs: row.disabled_at }),
    ...(row.disabled_until !== null && { disabledUntilMs: row.disabled_until }),
    ...(row.disabled_reason !== null && { disabledReason: row.disabled_reason }),
    ...(row.deleted_at !== null && { deletedAtMs: row.deleted_at }),
    // A row of another tool must not make a whole list unreadable.
    createdAtMs: Math.min(Math.max(row.created_at, 0), TIME_MAX_MS),
  };
}

export type MemberRow = UserRow & {
  readonly room_role: string;
  readonly last_seen_at: number | null;
};

export function toRoomMember(row: MemberRow): RoomMember {
  return {
    user: toUser(row),
    role: toRoomRole(row.room_role),
    lastSeenAtMs: row.last_seen_at ?? undefined,
  };
}

export interface RoomRow extends PermissionCells {
  readonly id: RoomId;
  readonly workspace_id: WorkspaceId;
  readonly kind: RoomKind;
  readonly name: string;
  readonly name_key: string;
  readonly topic: string;
  readonly description: string;
  readonly slow_mode_seconds: number;
  readonly is_default: number;
  readonly archived_at: number | null;
  readonly picture_file_id: string | null;
  readonly visibility: 'public' | 'private';
  readonly created_at: number;
}

export const ROOM_COLUMNS =
  'r.id, r.workspace_id, r.kind, r.name, r.name_key, r.topic, r.description, r.posting, r.inviting, r.pinning, r.mentioning_all, r.slow_mode_seconds, r.is_default, r.archived_at, r.picture_file_id, r.visibility, r.created_at';

export function toRoom(row: RoomRow): Room {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    name: row.name,
    nameKey: row.name_key,
    ...(row.topic === '' ? {} : { topic: row.topic }),
    ...(row.description === '' ? {} : { description: row.description }),
    ...toPermissions(row),
    ...(row.slow_mode_seconds === 0 ? {} : { slowModeSeconds: row.slow_mode_seconds }),
    ...(row.is_default === 1 ? { isDefault: true as const } : {}),
    ...(row.archived_at === null ? {} : { archivedAtMs: row.archived_at }),
    ...(row.picture_file_id === null ? {} : { pictureFileId: row.picture_file_id }),
    visibility: row.visibility,
    createdAtMs: row.created_at,
  };
}

/** Rooms that one call of `listUnusedRooms` checks. */
const UNUSED_ROOMS_CHECKED = 1000;

export type CheckedRoomRow = RoomRow & { readonly is_unused: number };

const IS_UNUSED = `r.kind = 'room' AND r.has_settings = 0 AND (r.head_ordinal = 0 OR r.name_key LIKE '${TEMPORARY_PREFIX}%')`;

/** A page of all rooms: an index on the head would have to change with every message. */
export const CHECKED_ROOMS = `SELECT ${ROOM_COLUMNS}, CASE WHEN ${IS_UNUSED} THEN 1 ELSE 0 END AS is_unused
  FROM rooms r WHERE r.id > $1 ORDER BY r.id LIMIT ${UNUSED_ROOMS_CHECKED}`;

export function toUnusedRooms(rows: readonly CheckedRoomRow[]): UnusedRooms {
  return {
    rooms: rows.filter((row) => row.is_unused === 1).map(toRoom),
    next: rows.length < UNUSED_ROOMS_CHECKED ? undefined : rows.at(-1)?.id,
  };
}

/**
 * Values of `memberships.notification_level`. Its default is `all`, which therefore means that the
 * user has not chosen a level.
 */
export type NotificationCell = 'all' | 'every' | 'mentions' | 'nothing';

export function toNotificationCell(level: NotificationLevel): NotificationCell {
  return level === 'all' ? 'every' : level;
}

export function toNotificationLevel(cell: NotificationCell): NotificationLevel | undefined {
  if (cell === 'all') return undefined;
  return cell === 'every' ? 'all' : cell;
}

export interface HeadRow {
  readonly head_sequence: number;
  readonly head_ordinal: number;
  readonly first_sequence: number;
  readonly pruned_ordinal: number;
  readonly last_event_at: number;
  readonly log_id: string;
  readonly generation: string;
}

export const GENERATION = "(SELECT value FROM store_meta WHERE key = 'generation')";

/** A room and its head in one text, as `readMovedHeads` compares them; ids have no spaces. */
export const KNOWN_HEAD = `(r.id || ' ' || r.head_sequence || ' ' || r.log_id || '.' || ${GENERATION})`;

export interface MembershipChangeRow {
  readonly room_id: RoomId;
  readonly user_id: UserId;
  readonly username: string;
  readonly kind: MembershipChangeKind;
  readonly actor_id: UserId;
  readonly after_sequence: number;
  readonly created_at: number;
}

export const CHANGE_COLUMNS =
  'c.room_id, c.user_id, u.username, c.kind, c.actor_id, c.after_sequence, c.created_at';

export function toMembershipChange(row: MembershipChangeRow): MembershipChange {
  return {
    roomId: row.room_id,
    userId: row.user_id,
    username: row.username,
    kind: row.kind,
    actorId: row.actor_id,
    afterSequence: row.after_sequence,
    createdAtMs: row.created_at,
  };
}

export const HEAD_COLUMNS = `r.head_sequence, r.head_ordinal, r.first_sequence, r.pruned_ordinal, r.last_event_at,
  r.log_id, ${GENERATION} AS generation`;

export function toHead(row: HeadRow): LogHead {
  return {
    sequence: row.head_sequence,
    ordinal: row.head_ordinal,
    prunedOrdinal: row.pruned_ordinal,
    firstSequence: row.first_sequence,
    epoch: toEpoch(row),
    lastActivityAtMs: row.last_event_at,
  };
}

/** The only place that creates epochs. */
export function toEpoch({ log_id, generation }: Pick<HeadRow, 'log_id' | 'generation'>): Epoch {
  return `${log_id}.${generation}` as Epoch;
}

export interface LogStartRow {
  readonly id: RoomId;
  readonly created_at: number | null;
}

export function toLogStart({ id, created_at: oldestAtMs }: LogStartRow): LogStart {
  return { roomId: id, oldestAtMs: oldestAtMs ?? undefined };
}

/** Column of each flag. */
export const FLAG_COLUMNS = Object.freeze({ isPinned: 'is_pinned' } as const) satisfies Readonly<
  Record<MessageFlag, string>
>;
type FlagCells = Readonly<Record<(typeof FLAG_COLUMNS)[MessageFlag], number>>;

/** Assignments for a message without flags. */
export const NO_FLAG_CELLS = Object.values(FLAG_COLUMNS)
  .map((column) => `${column} = 0`)
  .join(', ');

export interface MessageRow extends FlagCells {
  readonly id: MessageId;
  readonly room_id: RoomId;
  readonly user_id: UserId;
  readonly sender: string;
  readonly content: string;
  readonly created_at: number;
  readonly sequence_number: number;
  readonly client_message_id: ClientMessageId | null;
  readonly edited_at: number | null;
  readonly is_deleted: number;
  readonly parent_id: MessageId | null;
  readonly reply_number: number | null;
  readonly also_to_room: number;
  readonly reply_count: number;
  readonly attachments: string | null;
  /** Together the size as `messageBytes` computes it. */
  readonly text_bytes: number;
  readonly reaction_bytes: number | null;
}

/** Columns of `messages`, without those that an event may leave out. */
export const MESSAGE_CELLS = Object.freeze([
  'id',
  'room_id',
  'user_id',
  'created_at',
  'sequence_number',
  'client_message_id',
  'edited_at',
  'is_deleted',
  ...Object.values(FLAG_COLUMNS),
  'parent_id',
  'reply_number',
  'also_to_room',
  'reply_count',
] as const) satisfies readonly (keyof MessageRow)[];

const MESSAGE_FIELDS = `${MESSAGE_CELLS.map((column) => `m.${column}`).join(', ')}, u.username AS sender`;
/** Null for a message without reactions. */
const REACTION_BYTES = `(SELECT CAST(sum(${REACTION_ITEM_BYTES} + ${REACTION_USER_BYTES} *
    CASE WHEN c.count < ${LIMITS.reactionUsersListed} THEN c.count ELSE ${LIMITS.reactionUsersListed} END) AS BIGINT)
  FROM reaction_counts c WHERE c.message_id = m.id)`;
/** As `textBytes` counts. */
const CONTENT_BYTES = 'octet_length(to_json(m.content)::text)';
const TEXT_BYTES = `${ITEM_BYTES} + ${CONTENT_BYTES} + coalesce(octet_length(m.attachments), 0)`;

/** Columns of `Sized`. */
export const SIZE_COLUMNS = `${TEXT_BYTES} AS text_bytes, ${REACTION_BYTES} AS reaction_bytes`;

export const MESSAGE_COLUMNS = `${MESSAGE_FIELDS}, m.content, m.attachments, ${SIZE_COLUMNS}`;

export function toMessage(
  row: Omit<MessageRow, keyof Sized>,
  reactions: readonly Reaction[],
): Message {
  const { parent_id: parentId, reply_number: number } = row;
  const place = row.also_to_room === 1 ? ({ alsoToRoom: true } as const) : {};
  return {
    id: row.id,
    roomId: row.room_id,
    userId: row.user_id,
    sender: row.sender,
    content: row.content,
    createdAtMs: row.created_at,
    sequence: row.sequence_number,
    clientMessageId: row.client_message_id ?? undefined,
    editedAtMs: row.edited_at ?? undefined,
    isDeleted: row.is_deleted === 1,
    isPinned: row.is_pinned === 1,
    reactions,
    attachments: toAttachments(row.attachments),
    replyCount: row.reply_count,
    reply: parentId === null || number === null ? undefined : { parentId, number, ...place },
  };
}

/** The row of a message, as `toMessage` reads it. */
export function toMessageRow(
  message: Omit<Message, 'sender'>,
): Omit<MessageRow, 'sender' | keyof Sized> {
  const { reply } = message;
  return {
    id: message.id,
    room_id: message.roomId,
    user_id: message.userId,
    content: message.content,
    created_at: message.createdAtMs,
    sequence_number: message.sequence,
    client_message_id: message.clientMessageId ?? null,
    edited_at: message.editedAtMs ?? null,
    is_deleted: message.isDeleted ? 1 : 0,
    is_pinned: message.isPinned ? 1 : 0,
    parent_id: reply?.parentId ?? null,
    reply_number: reply?.number ?? null,
    also_to_room: reply?.alsoToRoom === true ? 1 : 0,
    reply_count: message.replyCount,
    attachments: toAttachmentsCell(message.attachments),
  };
}

/**
 * Maximum number of rows that are read at once: up to it that is faster than counting bytes row by
 * row, and cutting the page bounds its bytes.
 */
export const ROWS_AT_ONCE_MAX = 128;

/** Cuts a page from rows in reading order, of which there may be one more than fits. */
export function cutPage<Row extends Sized>(
  rows: readonly Row[],
  limit: number,
  bytesMax = PAGE_BYTES_MAX,
): Row[] {
  const page = rows.slice(0, limit);
  return page.slice(0, countFitting(page, bytesMax, bytesOf));
}

export function totalBytes(rows: readonly Sized[]): number {
  return rows.reduce((sum, row) => sum + bytesOf(row), 0);
}

export type Sized = Pick<MessageRow, 'text_bytes' | 'reaction_bytes'>;

export function bytesOf({ text_bytes, reaction_bytes }: Sized): number {
  return text_bytes + (reaction_bytes ?? 0);
}

/** Ids of the messages of which reactions are read. */
export function idsWithReactions(
  rows: readonly { readonly id: MessageId | null; readonly reaction_bytes: number | null }[],
): MessageId[] {
  return rows.flatMap(({ id, reaction_bytes }) =>
    id === null || reaction_bytes === null ? [] : [id],
  );
}

/** Serializes as JSON; null for none. */
export function toAttachmentsCell(attachments: readonly Attachment[]): string | null {
  return attachments.length === 0 ? null : JSON.stringify(attachments);
}

/** Written by `toAttachmentsCell`. */
export function toAttachments(cell: string | null): readonly Attachment[] {
  return cell === null ? [] : (JSON.parse(cell) as readonly Attachment[]);
}

export interface ReactionRow {
  readonly message_id: MessageId;
  readonly emoji: string;
  readonly user_id: UserId;
  /** Number of all users with this reaction, including those without a row here. */
  readonly total: number;
}

export type ReactionsByMessage = ReadonlyMap<MessageId, readonly Reaction[]>;

/** Keeps the order of a reaction's users. Sorts by emoji as clients do; databases compare bytes. */
export function toReactions(rows: readonly ReactionRow[]): ReactionsByMessage {
  const found = new Map<MessageId, (Reaction & { userIds: UserId[] })[]>();
  for (const { message_id: messageId, emoji, user_id: userId, total: count } of rows) {
    const reactions = found.get(messageId) ?? [];
    found.set(messageId, reactions);
    const same = reactions.find((reaction) => reaction.emoji === emoji);
    if (same === undefined) reactions.push({ emoji, userIds: [userId], count });
    else same.userIds.push(userId);
  }
  for (const reactions of found.values()) reactions.sort((a, b) => (a.emoji < b.emoji ? -1 : 1));
  return found;
}

/** A log entry with what its event needs of its message, or with the user who lost access. */
export interface EventRow extends Omit<MessageRow, 'id'> {
  readonly id: MessageId | null;
  readonly log_room_id: RoomId;
  readonly event_sequence: number;
  readonly kind: LogEntry['kind'];
  readonly actor_id: UserId;
  readonly target_id: string;
  readonly ordinal: number;
  readonly event_at: number;
  readonly detail: string | null;
  readonly subject: string | null;
  /** Of an event about a reaction: how many users have it now; null for none. */
  readonly reaction_count: number | null;
  /** Of a reaction on a poll: all emojis with their counts; null for none. */
  readonly poll_counts: string | null;
}

/** Votes depend on the poll. The text is as `toAttachmentsCell` writes it. */
const IS_ON_POLL = `(e.kind = 'reaction-added' AND m.attachments LIKE '%"type":"poll"%')`;

export const SELECT_EVENTS = `SELECT e.room_id AS log_room_id, e.sequence AS event_sequence, e.kind, e.actor_id,
    e.target_id, e.ordinal, e.created_at AS event_at, e.detail, p.username AS subject, ${MESSAGE_FIELDS},
    CASE WHEN e.kind IN ('message', 'edit') THEN m.content ELSE '' END AS content,
    CASE WHEN e.kind = 'message' OR ${IS_ON_POLL} THEN m.attachments END AS attachments,
    CASE WHEN m.id IS NULL THEN ${ITEM_BYTES} WHEN e.kind = 'message' THEN ${TEXT_BYTES}
      WHEN e.kind = 'edit' THEN ${ITEM_BYTES} + ${CONTENT_BYTES}
      WHEN ${IS_ON_POLL} THEN ${ITEM_BYTES} + octet_length(m.attachments) ELSE ${ITEM_BYTES} END AS text_bytes,
    CASE WHEN e.kind = 'message' THEN ${REACTION_BYTES} END AS reaction_bytes,
    CASE WHEN e.kind IN ('reaction-added', 'reaction-removed') THEN
      (SELECT c.count FROM reaction_counts c WHERE c.message_id = m.id AND c.emoji = e.detail) END AS reaction_count,
    CASE WHEN ${IS_ON_POLL} THEN (SELECT string_agg(c.emoji || ' ' || c.count, ',') FROM reaction_counts c
      WHERE c.message_id = m.id) END AS poll_counts
  FROM room_events e LEFT JOIN messages m ON m.id = e.target_id LEFT JOIN users u ON u.id = m.user_id
  LEFT JOIN users p ON p.id = e.target_id`;

export function toEvent(row: EventRow, epoch: Epoch, reactions: ReactionsByMessage): RoomEvent {
  const entry: LogEntry = {
    roomId: row.log_room_id,
    epoch,
    sequence: row.event_sequence,
    kind: row.kind,
    actorId: row.actor_id,
    targetId: row.target_id,
    ordinal: row.ordinal,
    createdAtMs: row.event_at,
    detail: row.detail ?? undefined,
  };
  if (row.kind === 'access-lost') {
    return hydrateEvent(entry, { kind: 'person', username: row.subject ?? '' });
  }
  const { id } = row;
  if (id === null) return hydrateEvent(entry, { kind: 'gone' });
  const message = toMessage({ ...row, id }, reactionsOf(row, reactions.get(id)));
  return hydrateEvent(entry, { kind: 'message', message });
}

/** Only a new message shows who reacted; an event about a reaction needs its count. */
function reactionsOf(
  { kind, detail, reaction_count: count, poll_counts: counts }: EventRow,
  ofMessage: readonly Reaction[] = [],
): readonly Reaction[] {
  if (kind === 'message') return ofMessage;
  if (counts !== null) {
    return counts.split(',').map((each) => {
      const [emoji = '', number] = each.split(' ');
      return { emoji, userIds: [], count: Number(number) };
    });
  }
  return count === null ? [] : [{ emoji: detail ?? '', userIds: [], count }];
}

export interface ReaderRow {
  readonly user_id: UserId;
  readonly last_read_sequence: number;
  readonly last_read_at: number;
}

export function toReader(row: ReaderRow): Reader {
  return {
    userId: row.user_id,
    sequence: row.last_read_sequence,
    readAtMs: row.last_read_at,
  };
}
