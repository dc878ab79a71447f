/**
 * Frames that the server sends in the native dialect. Times are ISO 8601 in UTC with milliseconds.
 * An optional field that does not apply is absent, never null.
 */
import type { AccountNoticeKind } from '../account-notices.ts';
import type { Attachment } from '../attachments.ts';
import type { ErrorCode, SentErrorDetails } from '../errors.ts';
import type {
  ClientMessageId,
  ConnectionId,
  Epoch,
  MessageId,
  RoomId,
  UserId,
  WorkspaceId,
} from '../ids.ts';
import type { SessionEndReason } from '../session-end.ts';

export type Timestamp = string;
export type RoomKind = 'room' | 'channel' | 'direct' | 'group';
/** Which messages of a room call for the user's attention. */
export type NotificationLevel = 'all' | 'mentions' | 'nothing';
/** `invisible` is shown to the user alone: to others, the user is `offline`. */
export type PresenceStatus = 'online' | 'away' | 'busy' | 'invisible' | 'offline';

/** How clients show a user. */
export interface ShownUser {
  /** The name that clients show; absent if it is the username. */
  readonly displayName?: string;
  /** Another user shows a name that looks the same: show the username beside it. */
  readonly nameShared?: true;
  /** Id of the user in the application that authenticates them. */
  readonly externalId?: string;
  /** Address of a picture, from that application. */
  readonly avatarUrl?: string;
  /** A program writes for this user, such as the assistant. */
  readonly isBot?: true;
}

export interface UserPayload extends ShownUser {
  readonly id: UserId;
  readonly username: string;
}

/** The user of the connection. */
export interface SelfPayload extends UserPayload {
  /** Handles of the user groups with the user: their mentions are mentions of the user. */
  readonly groups?: readonly string[];
}

/** A picture that texts and reactions show as `:name:`. */
export interface CustomEmojiPayload {
  readonly name: string;
  /** Below the address of the server; another picture has another one. */
  readonly url: string;
  /** The user who has added it. */
  readonly userId: UserId;
  readonly createdAt: string;
}

/** Users whom a mention of the handle reaches together. */
export interface UserGroupPayload {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly memberCount: number;
  /** The user is a member of it. */
  readonly joined?: true;
}

export interface MemberPayload extends ShownUser {
  readonly userId: UserId;
  readonly username: string;
  readonly status: PresenceStatus;
  readonly isOnline: boolean;
  readonly lastSeen: Timestamp | null;
  readonly statusText?: string;
  /** The chosen status and its text end then. */
  readonly until?: Timestamp;
  /** Role in the room; only in a list of its members. */
  readonly role?: 'owner' | 'moderator' | 'member';
}

export interface ChatMessagePayload {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly sender: string;
  readonly userId: UserId;
  readonly content: string;
  readonly timestamp: Timestamp;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  readonly editedAt?: Timestamp;
  /** If present, `content` is empty, and there are no reactions, attachments, pin or edit time. */
  readonly deleted?: true;
  readonly pinned?: true;
  /** Sorted by emoji. */
  readonly reactions?: readonly ReactionPayload[];
  /** As they were sent; a deleted message has none. */
  readonly attachments?: readonly Attachment[];
  /** Number of replies, including deleted replies. */
  readonly replyCount?: number;
  /** The first message of the thread that this reply belongs to. */
  readonly parentMessageId?: MessageId;
  /** Number of this reply in the thread, from 1; the parent's `replyCount` is at least as high. */
  readonly replyNumber?: number;
  /** This reply is also a message of the room. */
  readonly alsoToRoom?: true;
}

export interface ReactionPayload {
  readonly emoji: string;
  /** The first 100 users, in the order of their reactions. */
  readonly userIds: readonly UserId[];
  readonly count: number;
}

/** A change of a message, with the change's own sequence in the room's log. */
export interface MessageChangePayload {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly sequence: number;
  /** The user who made the change. */
  readonly userId: UserId;
}

export interface RoomPayload {
  readonly id: RoomId;
  readonly name: string;
  /** If absent or empty, the room has none. */
  readonly topic?: string | undefined;
  /** Users who have the room open. */
  readonly memberCount: number;
  /** Users who belong to the room. */
  readonly memberTotal: number;
}

export interface MuteFields {
  /** The user may read the room, and not write in it, until then; absent or null if not muted. */
  readonly mutedUntil?: Timestamp | null;
  /** Empty if no reason was given. */
  readonly muteReason?: string;
}

export interface RoomListEntry extends RoomPayload, MuteFields {
  readonly kind: RoomKind;
  readonly unreadCount: number;
  readonly mentionCount: number;
  /** Sequence of the first unread message; absent if there is none. */
  readonly firstUnreadSequence?: number;
  /** The user marked the room as unread; `unreadCount` does not change. */
  readonly markedUnread?: true;
  readonly lastActivity: Timestamp;
  /** The user is a member of this room. */
  readonly joined?: true | undefined;
  /** As chosen by the user; if absent, `all` in a direct room and `mentions` in any other. */
  readonly notificationLevel?: NotificationLevel;
  /** The user may delete messages of others, and remove and ban members of a lower rank. */
  readonly canModerate?: true;
  /** The user may change the settings of the room, and archive it. */
  readonly canManage?: true;
  /** Below the address of the server, for those who may read the room; `/thumbnail` behind it is smaller. */
  readonly pictureUrl?: string | null;
  /** Nothing new is accepted. */
  readonly archived?: boolean;
  /** If absent, `members`. */
  readonly posting?: RoomPosting;
  /** If absent, `members`, and in a private room or channel `moderators`. */
  readonly inviting?: RoomPosting;
  /** If absent, `members`. */
  readonly pinning?: RoomPosting;
  /** If absent, `members`. */
  readonly mentioningAll?: RoomPosting;
  /** Time between two messages of a user without `canModerate`; absent without slow mode. */
  readonly slowModeSeconds?: number;
  /** Only members see a private room; absent for direct conversations and groups. */
  readonly visibility?: 'public' | 'private';
  /** Of the user in the room; in pages of `get_rooms` that are not `own`. */
  readonly role?: RoomSettingsPayload['role'];
  /** Sequence of the latest event; only in rooms that the user has joined. */
  readonly headSequence?: number;
  /** The other person of a direct room. */
  readonly person?: MemberPayload;
  /** The workspace of a channel. */
  readonly workspaceId?: WorkspaceId;
}

/** Users that may do something in a room: all members, or only its moderators and those above them. */
export type RoomPosting = 'members' | 'moderators';

/** Permissions of all members of a room, or only of moderators. */
export interface RoomPermissionsPayload {
  /** Messages, edits and pins. */
  readonly posting: RoomPosting;
  /** By name, by a link, and by mentions of people outside; of moderators, those with `canManage`. */
  readonly inviting: RoomPosting;
  readonly pinning: RoomPosting;
  /** `@everyone`, `@room`, `@here`, and user groups with many members. */
  readonly mentioningAll: RoomPosting;
}

export interface RoomSettingsPayload extends RoomPermissionsPayload {
  readonly id: RoomId;
  readonly name: string;
  readonly kind: RoomKind;
  /** `public` also for a channel, which everybody in its workspace may read. */
  readonly visibility: 'public' | 'private';
  /** Empty if the room has none. */
  readonly topic: string;
  /** Empty if the room has none. */
  readonly description: string;
  /** 0 without slow mode. */
  readonly slowModeSeconds: number;
  readonly archived: boolean;
  /** As in lists of rooms. */
  readonly pictureUrl?: string | null;
  /** Number of members, as in lists of rooms. */
  readonly memberTotal: number;
  /** New users of the server, or of the workspace of a channel, become members of it. */
  readonly isDefault?: true;
  /** Of the user; absent if not a member. */
  readonly role?: 'owner' | 'moderator' | 'member';
  /** The user may change these settings, and archive the room. */
  readonly canManage?: true;
  /** The user may appoint moderators, and hand the room over. */
  readonly canGiveRoles?: true;
  readonly canDelete?: true;
  /** The user decides whether everybody joins the room. */
  readonly canSetDefault?: true;
  /** The workspace of a channel. */
  readonly workspaceId?: WorkspaceId;
}

export interface OwnRoomEntry extends RoomListEntry {
  readonly headSequence: number;
  readonly epoch: Epoch;
}

/** Payloads of the frames of a room's log, except messages. */
export interface LoggedFrames {
  readonly message_edited: MessageChangePayload & {
    readonly content: string;
    readonly editedAt: Timestamp;
  };
  readonly message_deleted: MessageChangePayload;
  readonly message_pinned: MessageChangePayload;
  readonly message_unpinned: MessageChangePayload;
  readonly reaction_added: MessageChangePayload &
    ReactionChange & {
      /** Of a vote in a poll with one choice: the other options, from which it has removed the user. */
      readonly others?: readonly ReactionCount[];
    };
  readonly reaction_removed: MessageChangePayload & ReactionChange;
  /** The user's own access ended. Without `sequence` it answers `leave_room`. */
  readonly room_left: {
    readonly roomId: RoomId;
    readonly reason?: string;
    readonly sequence?: number;
  };
  /** With `sequence` a membership ended; without it the user only closed the room. */
  readonly user_left: RoomPerson & {
    readonly sequence?: number;
    /** This and the following with `sequence`; earlier versions did not send them. */
    readonly reason?: 'left' | 'removed' | 'banned';
    /** The user who ended the membership. */
    readonly actorId?: UserId;
    readonly timestamp?: Timestamp;
  };
}

export interface ReactionCount {
  readonly emoji: string;
  /** Number of users with this reaction after the change. */
  readonly count: number;
}
type ReactionChange = ReactionCount;

/** An event of a room's log that is not a message, as sent on the wire. */
export type LoggedEvent = {
  readonly [T in keyof LoggedFrames]: { readonly type: T; readonly payload: LoggedFrames[T] };
}[keyof LoggedFrames];

/** A room's state up to `headSequence`; part of `room_joined` and `resumed`. */
export interface RoomSnapshot {
  readonly roomId: RoomId;
  readonly memberCount: number;
  readonly memberTotal: number;
  readonly members: readonly MemberPayload[];
  /** Oldest first. */
  readonly history: readonly ChatMessagePayload[];
  readonly events: readonly LoggedEvent[];
  /**
   * Gains and ends of memberships behind the client's position, or between the messages of
   * `history`: the latest 50, oldest first. Absent if there are none.
   */
  readonly memberships?: readonly MembershipPayload[];
  readonly headSequence: number;
  /** Retention has deleted all events of the room below this sequence. */
  readonly firstSequence?: number;
  readonly epoch: Epoch;
  /** The client discards its copy of the room and uses `history` instead. */
  readonly truncated: boolean;
}

export interface RejectedRoom {
  readonly roomId: RoomId;
  readonly error: { readonly code: ErrorCode };
}

/** A gain, a new role or an end of a membership; not counted as unread. */
export interface MembershipPayload {
  readonly userId: UserId;
  readonly username: string;
  /** A role: the member has it from now on. */
  readonly change: 'joined' | 'left' | 'removed' | 'banned' | 'owner' | 'moderator' | 'member';
  /** The user, or who added, removed or banned them, or gave the role. */
  readonly actorId: UserId;
  /** The change is shown behind the event with this sequence. */
  readonly afterSequence: number;
  readonly timestamp: Timestamp;
}

/** The end of a page of a list; `next` is `after` of the next request. */
interface ListEnd {
  readonly hasMore: boolean;
  readonly next?: string;
}

export interface ServerFrames extends LoggedFrames {
  readonly connection_established: {
    readonly connectionId: ConnectionId;
    readonly user: SelfPayload;
    readonly serverTime: Timestamp;
    /** Version of the server, such as `0.2.0+0123456789ab`. */
    readonly version: string;
    /** Parts that not every server has, such as `assistant`. */
    readonly capabilities: readonly string[];
    /** Code points of a message's text. */
    readonly contentLengthMax: number;
    /** The latest active ones; `get_rooms` with `own` continues the list. */
    readonly rooms: readonly OwnRoomEntry[];
    readonly hasMore: boolean;
    readonly next?: string;
  };
  readonly message_ack: {
    readonly clientMessageId?: ClientMessageId;
    readonly id: MessageId;
    readonly roomId: RoomId;
    readonly sequence: number;
    readonly timestamp: Timestamp;
    readonly duplicate: boolean;
    /** Users whom the message mentions and does not reach: they are not in the room, and cannot come into it. */
    readonly notReached?: readonly UserId[];
  };
  readonly chat_message: ChatMessagePayload;
  readonly room_joined: RoomSnapshot & { readonly roomName: string; readonly room: RoomPayload };
  readonly user_joined: RoomPerson;
  /** A new membership; its end is `user_left` with `sequence`. Not sent in large rooms. */
  readonly membership_changed: MembershipPayload & { readonly roomId: RoomId };
  readonly room_list: ListEnd & { readonly rooms: readonly RoomListEntry[] };
  readonly member_list: Partial<ListEnd> & {
    readonly roomId: RoomId;
    readonly members: readonly MemberPayload[];
    readonly memberCount: number;
    /** Only in a list of those who belong to the room. */
    readonly memberTotal?: number;
  };
  readonly history: {
    readonly roomId: RoomId;
    readonly messages: readonly ChatMessagePayload[];
    readonly hasMore: boolean;
    /** Newer messages exist; only in an answer to `around` or `aroundTime`. */
    readonly hasNewer?: boolean;
    /** The first message at or after the position, else the newest; absent in an empty room. */
    readonly anchorSequence?: number;
    /** Gains and ends of memberships between these messages, as in a snapshot. */
    readonly memberships?: readonly MembershipPayload[];
  };
  readonly thread: {
    readonly roomId: RoomId;
    readonly parent?: ChatMessagePayload;
    readonly messages: readonly ChatMessagePayload[];
    readonly hasMore: boolean;
    readonly following: boolean;
    readonly unreadCount: number;
  };
  /** Threads that the user follows. */
  readonly thread_list: {
    readonly threads: readonly FollowedThreadPayload[];
    readonly unreadThreads: number;
    /** Continues the list; absent at its end. */
    readonly next?: string;
  };
  /** A thread has new replies, or the user has read it or chosen to follow it or not. */
  readonly thread_changed: {
    readonly roomId: RoomId;
    /** The first message. */
    readonly messageId: MessageId;
    readonly following: boolean;
    readonly unreadCount: number;
    /** Followed threads with unread replies. */
    readonly unreadThreads: number;
  };
  /** The newest message first. */
  readonly pins: {
    readonly roomId: RoomId;
    readonly messages: readonly ChatMessagePayload[];
    readonly hasMore: boolean;
  };
  /** The files of the messages of a room, those of the latest message first. */
  readonly room_files: {
    readonly roomId: RoomId;
    readonly files: readonly RoomFilePayload[];
    /** Continues the list; absent at its end. */
    readonly cursor?: string;
  };
  /** The texts that edits of a message have replaced, the latest first. */
  readonly edit_history: {
    readonly roomId: RoomId;
    readonly messageId: MessageId;
    readonly versions: readonly MessageVersionPayload[];
  };
  /** Previews of the links of a page of messages; messages without links are not in it. */
  readonly link_previews: {
    readonly roomId: RoomId;
    /** False: this server makes no previews. */
    readonly enabled: boolean;
    readonly messages: readonly MessagePreviews[];
    /** Of the last message that was looked at; absent if there was none. */
    readonly lastSequence?: number;
  };
  /** The links of a message were fetched; `previews` is empty if they show none. */
  readonly link_preview: { readonly roomId: RoomId } & MessagePreviews;
  /** A page of the activity of others that concerns the user, latest first. */
  readonly activity: {
    readonly entries: readonly ActivityEntry[];
    /** There are more invitations than listed: see `GET /api/invitations`. */
    readonly moreInvitations?: boolean;
    /** Continues the search; absent if everything was searched. */
    readonly next?: string;
  };
  /** A page of the messages that a search has found. */
  readonly search_results: {
    readonly results: readonly SearchResultPayload[];
    /** All matches, on each page; absent if there are more than are read at once. */
    readonly total?: number;
    /** Continues the search; absent at its end. */
    readonly cursor?: string;
    /** Messages may be missing: the index is behind, or not all rooms of the user were searched. */
    readonly incomplete?: boolean;
    /** Operators whose values name no user or room that you know, as `from:ana`. */
    readonly unknown?: readonly string[];
  };
  /** Saved for later, only for the user. */
  readonly message_saved: SavedTimes & {
    readonly messageId: MessageId;
    readonly roomId: RoomId;
  };
  readonly message_unsaved: { readonly messageId: MessageId };
  readonly saved_messages: {
    readonly saved: readonly SavedMessagePayload[];
    /** Continues the list; absent at its end. */
    readonly next?: string;
  };
  /** A reminder of the user is due. */
  readonly reminder: {
    readonly messageId: MessageId;
    readonly roomId: RoomId;
    readonly remindedAt: Timestamp;
  };
  readonly message_scheduled: Scheduled & { readonly roomId: RoomId };
  readonly scheduled_messages: { readonly scheduled: readonly ScheduledMessagePayload[] };
  readonly scheduled_cancelled: { readonly scheduledId: string };
  /** A scheduled message of the user was scheduled, changed, cancelled or sent, or could not be sent. */
  readonly scheduled_changed: {
    readonly scheduledId: string;
    readonly roomId: RoomId;
    readonly state: 'waiting' | 'sent' | 'failed' | 'cancelled';
    readonly failure?: ErrorCode;
  };
  readonly resumed: { readonly rooms: readonly (RoomSnapshot | RejectedRoom)[] };
  readonly user_typing: RoomPerson & { readonly isTyping: boolean };
  /** A message in progress: its complete text so far. The finished `chat_message` has the draft's id as `clientMessageId`. */
  readonly message_progress: {
    readonly roomId: RoomId;
    readonly draftId: string;
    readonly content: string;
  };
  readonly read_position: RoomPerson & { readonly sequence: number };
  /** The user's own choice, also from another connection. */
  readonly notification_level: { readonly roomId: RoomId; readonly level: NotificationLevel };
  /** The room has other settings; to those who have it open. */
  readonly room_changed: RoomPermissionsPayload & {
    readonly roomId: RoomId;
    readonly name: string;
    /** Empty if the room has none. */
    readonly topic: string;
    readonly slowModeSeconds: number;
    readonly archived: boolean;
    readonly visibility: RoomSettingsPayload['visibility'];
    /** Null if the room has lost its picture; absent if it had none. */
    readonly pictureUrl?: string | null;
  };
  /** The user was muted in a room, or may write again: then `mutedUntil` is null. */
  readonly mute_changed: { readonly roomId: RoomId } & MuteFields;
  /** A moderator of the server warns the user; it is listed until the user dismisses it. */
  readonly moderation_warning: {
    readonly id: string;
    readonly reason: string;
    /** The message of the user that it is about; may be empty. */
    readonly content: string;
    readonly createdAt: string;
  };
  /** To moderators of the server: the number of open reports has changed. */
  readonly reports_changed: {
    /** At most 1000. */
    readonly open: number;
  };
  /** Another device has signed in to the account or changed it; it is listed until the user dismisses it. */
  readonly account_notice: {
    readonly id: string;
    readonly kind: AccountNoticeKind;
    readonly at: Timestamp;
    /** Such as "Firefox on Linux"; may be empty, and free text of programs that are no browsers. */
    readonly device: string;
    /** May be empty. */
    readonly address: string;
    /** As `GET /api/sessions` lists it; absent if it has ended. */
    readonly sessionId?: string;
  };
  readonly room_settings: { readonly room: RoomSettingsPayload };
  readonly explanation: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly command: string;
    readonly allowed: boolean;
    /** One sentence, in English. */
    readonly reason: string;
  };
  readonly presence_update: MemberPayload;
  /** Activity in a room that is not open on this connection; at most one frame per second and room. */
  readonly room_activity: {
    readonly roomId: RoomId;
    readonly headSequence: number;
    readonly unreadCount: number;
    readonly mentionCount: number;
  };
  /** In large rooms, replaces `user_joined` and `user_left`; at most one per second. */
  readonly member_count: { readonly roomId: RoomId; readonly memberCount: number };
  /** The number of users who belong to a room has changed; at most one per second and room. */
  readonly member_total: { readonly roomId: RoomId; readonly memberTotal: number };
  readonly custom_emoji_list: { readonly emoji: readonly CustomEmojiPayload[] };
  readonly custom_emoji_deleted: { readonly name: string };
  /** An emoji was added, or the emoji with this name was deleted. */
  readonly custom_emoji_changed: {
    readonly added?: CustomEmojiPayload;
    readonly removed?: string;
  };
  /** A workspace of the user has another name or picture; null without a picture. */
  readonly workspace_changed: {
    readonly workspaceId: WorkspaceId;
    readonly name: string;
    readonly pictureUrl: string | null;
  };
  readonly user_group: { readonly group: UserGroupPayload };
  readonly user_group_deleted: { readonly groupId: string };
  readonly user_group_list: { readonly groups: readonly UserGroupPayload[] };
  readonly user_group_members: ListEnd & {
    readonly groupId: string;
    readonly members: readonly UserPayload[];
  };
  /** The user was added to a group or removed from it, or a handle has changed. */
  readonly user_groups_changed: { readonly user: SelfPayload };
  readonly invitations_declined: {
    readonly inviterId: UserId;
    /** Number of invitations. */
    readonly declined: number;
    /** Number of groups that the user has left. */
    readonly left: number;
  };
  readonly group_created: {
    readonly roomId: RoomId;
    readonly name: string;
    readonly members: readonly MemberPayload[];
    /** Ids of users who have to accept an invitation before they are members. */
    readonly invited?: readonly string[];
  };
  /** The room was closed on this connection: join or resume it without a position. */
  readonly resync_required: { readonly roomId: RoomId; readonly headSequence: number };
  /** Retention deleted all events of the room below this sequence. */
  readonly history_pruned: { readonly roomId: RoomId; readonly firstSequence: number };
  readonly session_expired: { readonly reason: SessionEndReason };
  /**
   * The server closes the connection soon. Wait this many milliseconds after that, then connect to
   * another server.
   */
  readonly server_draining: { readonly retryAfterMs: number };
  readonly heartbeat: { readonly sequence: number };
  readonly pong: Record<string, never>;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    /** Type of the frame that failed; null if it could not be parsed. */
    readonly originalType: string | null;
    readonly field?: string;
    /** Seconds. */
    readonly retryAfter?: number;
    /** Of `FORBIDDEN` for what a muted user writes. */
    readonly details?: SentErrorDetails;
    /** As in the frame that failed. */
    readonly roomId?: string;
    readonly roomName?: string;
  };
}

/** A mention of the user, a reply in one of their threads, or a reaction to one of their messages. */
export interface MessageActivity {
  readonly kind: 'mention' | 'reply' | 'reaction';
  readonly roomId: RoomId;
  readonly roomName: string;
  /** The user who wrote or reacted. */
  readonly actor: UserPayload;
  readonly messageId: MessageId;
  /** Sequence of the message. */
  readonly sequence: number;
  /** Beginning of the text of the message. */
  readonly content: string;
  /** Of a reaction. */
  readonly emoji?: string;
  readonly timestamp: Timestamp;
  /** Above the user's read position in the room. */
  readonly unread: boolean;
}

/** An invitation that the user has not answered. */
export interface InvitationActivity {
  readonly kind: 'invitation';
  /** Id of the workspace or group, with which the invitation is answered. */
  readonly targetId: string;
  readonly targetKind: 'workspace' | 'group';
  readonly name: string;
  readonly actor: UserPayload;
  readonly timestamp: Timestamp;
  readonly unread: true;
}

export type ActivityEntry = MessageActivity | InvitationActivity;

/** A message that a search has found. */
interface SavedTimes {
  readonly savedAt: Timestamp;
  /** Absent without a reminder, and after it. */
  readonly remindAt?: Timestamp;
  /** Of the reminder that came, until the message is saved again. */
  readonly remindedAt?: Timestamp;
}

export type RoomFileKind = 'picture' | 'media' | 'document';

export interface RoomFilePayload {
  /** As in the attachments of its message. */
  readonly file: Attachment & object;
  /** Of its message. */
  readonly sequence: number;
  /** The uploader. */
  readonly user: UserPayload;
  readonly createdAt: Timestamp;
}

export interface FollowedThreadPayload {
  /** The first message. */
  readonly messageId: MessageId;
  readonly room: { readonly id: RoomId; readonly name: string };
  /** Absent if it was deleted long ago. */
  readonly parent?: ChatMessagePayload;
  /** The latest replies, oldest first. */
  readonly messages: readonly ChatMessagePayload[];
  readonly unreadCount: number;
  readonly lastReplyAt: Timestamp;
}

export interface SavedMessagePayload extends SavedTimes {
  readonly message: ChatMessagePayload;
  /** With its name as the user sees it. */
  readonly room: { readonly id: RoomId; readonly name: string };
}

/** The page behind a link of a message, as the page describes itself. */
export interface LinkPreviewPayload {
  /** As the message has it. */
  readonly url: string;
  readonly title?: string;
  readonly description?: string;
  readonly siteName?: string;
  /** An address of this server, for those who may read the message. */
  readonly pictureUrl?: string;
  readonly pictureWidth?: number;
  readonly pictureHeight?: number;
}

export interface MessageVersionPayload {
  readonly content: string;
  /** When the message was sent or edited to this text. */
  readonly editedAt: Timestamp;
}

export interface MessagePreviews {
  readonly messageId: MessageId;
  readonly previews: readonly LinkPreviewPayload[];
}

interface Scheduled {
  readonly scheduledId: string;
  readonly content: string;
  readonly parentMessageId?: MessageId;
  readonly alsoToRoom?: true;
  readonly attachments?: readonly Attachment[];
  readonly sendAt: Timestamp;
  readonly createdAt: Timestamp;
  /** Code of the error for which it was not sent. */
  readonly failure?: ErrorCode;
}

export interface ScheduledMessagePayload extends Scheduled {
  /** With its name as the user sees it; empty if the user cannot read it now. */
  readonly room: { readonly id: RoomId; readonly name: string };
}

export interface SearchResultPayload {
  readonly message: ChatMessagePayload;
  /** With its name as the user sees it: the other members of a conversation without one. */
  readonly room: { readonly id: RoomId; readonly name: string };
  /** Places of the matches: start and exclusive end, in UTF-16 code units of `message.content`. */
  readonly highlights: readonly (readonly [start: number, end: number])[];
  /** Names and descriptions (`alt`) of its files in which something was found, with the places. */
  readonly inFiles?: readonly FoundTextPayload[];
}

export interface FoundTextPayload {
  readonly text: string;
  readonly highlights: readonly (readonly [start: number, end: number])[];
}

export interface RoomPerson {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly username: string;
}

export type ServerFrameType = keyof ServerFrames;

/** A frame as sent on the wire. */
export type ServerFrame = {
  readonly [T in ServerFrameType]: {
    readonly type: T;
    readonly payload: ServerFrames[T];
    readonly timestamp: Timestamp;
    /** The `id` of the client's frame that this frame answers. */
    readonly replyTo?: string;
  };
}[ServerFrameType];
