/**
 * Events sent to clients, before a dialect encodes them. Replies to a client's own commands are not
 * events: they are returned to the caller.
 */

import type {
  MessageId,
  NotificationLevel,
  PresenceStatus,
  RoomId,
  UserId,
} from '@parley/protocol';
import type { ShownNotice } from './account-notice.ts';
import type { CustomEmojiChange } from './custom-emoji.ts';
import type { ShownPreview } from './link-preview.ts';
import type { MembershipChange } from './membership-change.ts';
import type { Warning } from './report.ts';
import type { Mute } from './restriction.ts';
import type { Room } from './room.ts';
import type { RoomEvent, RoomLeftReason } from './room-event.ts';
import type { RoomPermissions } from './room-permissions.ts';
import type { Reminder } from './saved-message.ts';
import type { ScheduledChange } from './scheduled-message.ts';
import type { OwnThreadState, ThreadId } from './thread.ts';
import type { ShownName, User } from './user.ts';
import type { Workspace } from './workspace.ts';

export type ChatEvent =
  | { readonly kind: 'logged'; readonly event: RoomEvent; readonly room: Room }
  | {
      /** Sent to the user who left; other clients receive the log event. */
      readonly kind: 'room-left';
      readonly roomId: RoomId;
      readonly reason: RoomLeftReason;
      readonly sequence: number;
      /** Whether the connection was subscribed to the room. */
      readonly wasOpen: boolean;
    }
  | {
      /** The client is too far behind: the room is closed on this connection from now on. */
      readonly kind: 'resync-required';
      readonly roomId: RoomId;
      readonly headSequence: number;
    }
  | {
      /** Retention deleted all events below this sequence. */
      readonly kind: 'history-pruned';
      readonly roomId: RoomId;
      readonly firstSequence: number;
    }
  | {
      /** A change in a room to which this connection is not subscribed. */
      readonly kind: 'room-activity';
      readonly roomId: RoomId;
      readonly headSequence: number;
      readonly unreadCount: number;
      readonly mentionCount: number;
    }
  | {
      /** Number of members online in a large room, instead of joins and leaves. */
      readonly kind: 'member-count';
      readonly roomId: RoomId;
      readonly memberCount: number;
    }
  | {
      /** Number of users who belong to the room, after it has changed. */
      readonly kind: 'member-total';
      readonly roomId: RoomId;
      readonly memberTotal: number;
    }
  | {
      /** Members online in a room, instead of events that were dropped. */
      readonly kind: 'members';
      readonly roomId: RoomId;
      readonly members: readonly Member[];
      readonly memberCount: number;
    }
  | ({ readonly kind: 'user-joined' } & RoomPersonEvent)
  | ({ readonly kind: 'user-left' } & RoomPersonEvent)
  | ({ readonly kind: 'typing'; readonly isTyping: boolean } & RoomPersonEvent)
  | ({
      readonly kind: 'read-position';
      readonly sequence: number;
      /** Latest message at or below `sequence`. */
      readonly messageId: MessageId | undefined;
      readonly readAtMs: number;
      /**
       * False if the position did not change: dialects without the mark 'unread' need not send it.
       */
      readonly hasMoved: boolean;
    } & RoomPersonEvent)
  | {
      /**
       * The full text so far of a message that is being generated. The stored message has the same
       * key.
       */
      readonly kind: 'message-progress';
      readonly roomId: RoomId;
      readonly draftId: string;
      readonly content: string;
    }
  | {
      /** The links of a message were fetched. */
      readonly kind: 'link-preview';
      readonly roomId: RoomId;
      readonly messageId: MessageId;
      readonly previews: readonly ShownPreview[];
    }
  | {
      /** The user's own choice for a room, made on another connection. */
      readonly kind: 'notification-level';
      readonly roomId: RoomId;
      readonly level: NotificationLevel;
    }
  | (RoomPermissions & {
      /** The room has other settings. */
      readonly kind: 'room-changed';
      readonly roomId: RoomId;
      readonly name: string;
      /** Empty if the room has none. */
      readonly topic: string;
      readonly slowModeSeconds: number;
      readonly archived: boolean;
      readonly visibility: Room['visibility'];
      /** `null` if the room has lost its picture; absent if it had none. */
      readonly pictureFileId?: string | null;
    })
  | {
      /** The user may not write in the room until then; null: may write again. */
      readonly kind: 'mute';
      readonly roomId: RoomId;
      readonly mute: Mute | null;
    }
  | { readonly kind: 'warning'; readonly warning: Warning }
  | { readonly kind: 'reminder'; readonly reminder: Reminder }
  | { readonly kind: 'scheduled'; readonly change: ScheduledChange }
  /** For one user. */
  | ({ readonly kind: 'thread-changed'; readonly state: OwnThreadState } & ThreadId)
  /** The user is in these groups, and no others. */
  | { readonly kind: 'user-groups'; readonly user: User; readonly handles: readonly string[] }
  | { readonly kind: 'custom-emoji'; readonly change: CustomEmojiChange }
  /** For members: it has another name or picture. */
  | { readonly kind: 'workspace-changed'; readonly workspace: Workspace }
  /** For moderators of the server. */
  | { readonly kind: 'reports'; readonly open: number }
  | { readonly kind: 'account-notice'; readonly notice: ShownNotice }
  | { readonly kind: 'membership-changed'; readonly change: MembershipChange }
  | {
      readonly kind: 'presence';
      readonly member: Member;
      /** The user has this room open; undefined for dialects that do not ask. */
      readonly roomId?: RoomId;
    };

interface RoomPersonEvent {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly username: string;
}

/** A user with presence. */
export interface Member extends ShownName {
  readonly userId: UserId;
  readonly username: string;
  readonly status: PresenceStatus;
  readonly lastSeenAtMs: number | undefined;
  readonly statusText: string | undefined;
  /** When the chosen status ends. */
  readonly untilMs?: number | undefined;
}
