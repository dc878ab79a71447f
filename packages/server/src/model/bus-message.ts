/**
 * Messages between the nodes of a cluster, by topic. They are plain data: adapters carry them as
 * JSON. Receivers ignore fields and kinds that they do not know.
 */

import type {
  ClientMessageId,
  Epoch,
  MessageId,
  NotificationLevel,
  RoomId,
  SessionEndReason,
  UserId,
} from '@parley/protocol';
import type { ShownNotice } from './account-notice.ts';
import type { CustomEmojiChange } from './custom-emoji.ts';
import type { ForwardedCommand, ForwardedResult } from './forwarded-command.ts';
import type { ShownPreview } from './link-preview.ts';
import type { MembershipChange } from './membership-change.ts';
import type { Warning } from './report.ts';
import type { Mute } from './restriction.ts';
import type { Posting, Room } from './room.ts';
import type { RoomEvent, RoomLeftReason } from './room-event.ts';
import type { Reminder } from './saved-message.ts';
import type { ScheduledChange } from './scheduled-message.ts';
import type { ThreadId } from './thread.ts';
import type { DatedPresence, OwnStatus, ShownName } from './user.ts';
import type { Workspace } from './workspace.ts';

/** One process of a cluster, for as long as it runs: a restarted process is another node. */
export type NodeId = string;

/** The ids within each topic: a node receives only what it subscribes to. */
export interface BusTopics {
  /** For nodes on which the room is open. */
  readonly room: RoomId;
  /** For nodes on which the user is connected. */
  readonly user: UserId;
  readonly nodes: 'all';
  /** For one node. */
  readonly node: NodeId;
}

export type BusTopic = keyof BusTopics;

export interface BusMessages {
  readonly room: RoomMessage;
  readonly user: UserMessage;
  readonly nodes: NodesMessage;
  readonly node: NodeMessage;
}

export type RoomMessage =
  | { readonly kind: 'event'; readonly event: RoomEvent }
  | {
      readonly kind: 'typing';
      readonly userId: UserId;
      readonly username: string;
      readonly isTyping: boolean;
    }
  | ReadPositionMessage
  | { readonly kind: 'draft'; readonly draftId: string; readonly content: string }
  | { readonly kind: 'participants'; readonly change: RecordsMessage<ParticipantRecord> }
  /** Retention deleted all events below this sequence. */
  | { readonly kind: 'history-pruned'; readonly firstSequence: number }
  /** The room has other settings. */
  | {
      readonly kind: 'room-changed';
      readonly name: string;
      readonly topic: string;
      readonly posting: Posting;
      /** `null` for an active room. */
      readonly archivedAtMs: number | null;
      /** Absent if the node of another version does not send it. */
      readonly visibility?: Room['visibility'] | undefined;
      /** Likewise. */
      readonly slowModeSeconds?: number | undefined;
      /** Likewise. */
      readonly inviting?: Posting;
      readonly pinning?: Posting;
      readonly mentioningAll?: Posting;
      /** Likewise; `null` without a picture. */
      readonly pictureFileId?: string | null | undefined;
    }
  | { readonly kind: 'membership-changed'; readonly change: MembershipChange }
  /** The links of a message were fetched. */
  | {
      readonly kind: 'link-preview';
      readonly messageId: MessageId;
      readonly previews: readonly ShownPreview[];
    }
  /** The room was deleted. */
  | { readonly kind: 'gone' };

export interface ReadPositionMessage {
  readonly kind: 'read-position';
  readonly userId: UserId;
  readonly username: string;
  readonly sequence: number;
  readonly messageId: MessageId | undefined;
  readonly readAtMs: number;
  readonly hasMoved: boolean;
  /** False for the mark `unread`, which does not change the position. */
  readonly isRead: boolean;
  /** Whether only the user's own connections may receive it, because of a block. */
  readonly isPrivate: boolean;
}

/**
 * Repeated, so that the other nodes know that the participants of the sending node still hold, in
 * all rooms, and which versions of their records are the latest.
 */
export interface ParticipantRenewal {
  readonly kind: 'participant-renewal';
  /** Increases by one with each message to all nodes. */
  readonly number: number;
  /** Whether `versions` has all open rooms, instead of those that have changed since the last one. */
  readonly isComplete: boolean;
  /** Records in a room that the sending node opens later have a higher version. */
  readonly versionMax: number;
  /** The version of the records in each room; null if the room is not open any more. */
  readonly versions: readonly (readonly [roomId: RoomId, version: number | null])[];
  /** Rooms of `versions` in which the sending node has to learn the versions of the other nodes. */
  readonly opened: readonly RoomId[];
}

/** A user who has the room open on the sending node. */
export interface ParticipantRecord {
  readonly username: string;
  /** The latest read position, in case its `read-position` message was lost. */
  readonly read?: Pick<ReadPositionMessage, 'sequence' | 'messageId' | 'readAtMs'>;
  /**
   * Sequence of the event that has ended the user's access: set before the record is removed, if an
   * event of the log reports that the user leaves.
   */
  readonly lostAccessAt?: number;
  /** The user appears offline. */
  readonly isInvisible?: boolean;
}

export type UserMessage =
  /** The user became a member of the room. */
  | { readonly kind: 'membership'; readonly room: Room }
  | {
      readonly kind: 'membership-ended';
      readonly roomId: RoomId;
      readonly reason: RoomLeftReason;
      readonly sequence: number;
      /** False: the room's log has no event of it, which would end the access. */
      readonly isLogged?: boolean;
    }
  /** The user's own choice for a room. */
  | {
      readonly kind: 'notification-level';
      readonly roomId: RoomId;
      readonly level: NotificationLevel;
    }
  /** The user may not write in the room until then; null: may write again. */
  | { readonly kind: 'mute'; readonly roomId: RoomId; readonly mute: Mute | null }
  /** A moderator has warned the user. */
  | { readonly kind: 'warning'; readonly warning: Warning }
  /** A reminder of the user was due. */
  | { readonly kind: 'reminder'; readonly reminder: Reminder }
  /** The user has read a thread, or chosen to follow it or not. */
  | ({ readonly kind: 'thread-changed' } & ThreadId)
  /** A scheduled message of the user was sent, changed or cancelled, or has failed. */
  | { readonly kind: 'scheduled'; readonly change: ScheduledChange }
  /** The user has signed in, or changed the account: of interest to all other sessions. */
  | { readonly kind: 'account-notice'; readonly notice: ShownNotice; readonly exceptKey: string }
  /** The user chose a presence on a node without connections of the user, as over HTTP. */
  | ({ readonly kind: 'presence-chosen' } & DatedPresence)
  /** Another user types to this one, in a direct room that does not exist yet. */
  | {
      readonly kind: 'typing';
      readonly roomId: RoomId;
      readonly userId: UserId;
      readonly username: string;
      readonly isTyping: boolean;
    };

export type NodesMessage =
  /** Repeated while the sending node commits commands of other nodes. */
  | ({ readonly kind: 'room-owner' } & RoomOwnerAnnouncement)
  /** The heads that the sending node has moved in the last second. */
  | { readonly kind: 'heads'; readonly heads: readonly RoomHead[] }
  | { readonly kind: 'presence'; readonly change: RecordsMessage<PresenceRecord> }
  | ParticipantRenewal
  | { readonly kind: 'revocation'; readonly revocation: Revocation }
  | {
      readonly kind: 'renamed';
      readonly userId: UserId;
      readonly displayName: string;
      readonly username?: string | undefined;
      readonly isNameShared?: boolean | undefined;
      readonly avatarUrl?: string | undefined;
    }
  | ({ readonly kind: 'block' } & BlockChange)
  /** An author comes near the limits of the rules against floods. */
  | ({ readonly kind: 'flood' } & FloodNote)
  /** The author has taken the turn in a room in slow mode. */
  | {
      readonly kind: 'slow-turn';
      readonly userId: UserId;
      readonly roomId: RoomId;
      readonly clientMessageId: ClientMessageId;
    }
  /** Groups of users have changed, and with them what is a mention of these users. */
  | { readonly kind: 'user-groups'; readonly userIds: readonly UserId[] }
  | { readonly kind: 'custom-emoji'; readonly change: CustomEmojiChange }
  /** It has another name or picture. */
  | { readonly kind: 'workspace'; readonly workspace: Workspace }
  /** The number of open reports to moderators has changed. */
  | { readonly kind: 'reports'; readonly open: number }
  /** There is a new reply in a thread: those who follow it are told. */
  | ({ readonly kind: 'thread-reply' } & ThreadId)
  /** The sending node starts, or answers a node that does. */
  | {
      readonly kind: 'secrets';
      readonly isQuestion: boolean;
      readonly fingerprints: SecretFingerprints;
    };

/** Messages of an author through the sending node that other nodes do not know yet. */
export interface FloodNote {
  readonly userId: UserId;
  /** Numbers that are added, by counter. */
  readonly counts: Readonly<Record<string, number>>;
  readonly text?: {
    readonly hash: number;
    readonly isShort: boolean;
    readonly added: number;
    readonly latestId?: ClientMessageId | undefined;
  };
  /** A rule was broken. */
  readonly strike?: {
    readonly rule: string;
    /** Of all nodes, this one included. */
    readonly strikes: number;
    readonly rejectedId?: ClientMessageId | undefined;
  };
}

/** A block that the user has set or removed. */
export interface BlockChange {
  readonly userId: UserId;
  readonly otherId: UserId;
  readonly isBlocked: boolean;
}

export type NodeMessage =
  /** Asks the node for a complete `participant-renewal`, which answers it. */
  | { readonly kind: 'ask-participant-renewal' }
  | ParticipantRenewal
  // How a node hands commands over to the owner of their room.
  /** Commands to commit. They are numbered within a link, from 0. */
  | {
      readonly kind: 'commands';
      readonly link: number;
      readonly first: number;
      readonly commands: readonly ForwardedCommand[];
    }
  /** Their results, by number. */
  | {
      readonly kind: 'results';
      readonly link: number;
      readonly results: readonly (readonly [command: number, result: ForwardedResult])[];
    }
  /** Nothing of the link was or will be committed from this number on. */
  | {
      readonly kind: 'rejected';
      readonly link: number;
      readonly first: number;
      readonly reason: 'gap' | 'busy';
    };

export interface RoomOwnerAnnouncement {
  /** `LOG_COMMAND_VERSION` of the sending node. */
  readonly commandVersion: number;
  /** The node ends soon: it commits what it has, and should get nothing more. */
  readonly isLeaving: boolean;
}

/** Fingerprints of the secrets that all nodes must have in common. */
export interface SecretFingerprints {
  /** Secrets that sign and verify cookies. */
  readonly session: readonly string[];
  readonly token: readonly string[];
}

export interface RoomHead {
  readonly roomId: RoomId;
  readonly sequence: number;
  readonly epoch: Epoch;
}

/** A user who is connected to the sending node. */
export interface PresenceRecord extends ShownName {
  readonly username: string;
  readonly status: OwnStatus;
  readonly statusText: string | undefined;
  /** When the chosen status ends; absent if it does not. */
  readonly untilMs?: number | undefined;
  /** Absent if the user does not show it. */
  readonly lastSeenAtMs?: number | undefined;
  /** When the user chose the status: the latest one holds on all nodes. */
  readonly chosenAtMs: number;
  /** Users whom this user has blocked. */
  readonly blockedIds: readonly UserId[];
  /** None of the connections to the sending node was active for a while. */
  readonly isIdle?: boolean;
}

/** An end of sessions, which every node applies to its connections. */
export type Revocation =
  | {
      readonly kind: 'session';
      readonly sessionKey: string;
      /** Unknown if it was found in the store. */
      readonly reason?: SessionEndReason;
    }
  /** All sessions of a user, except the one that made the change. */
  | {
      readonly kind: 'user';
      readonly userId: UserId;
      readonly exceptKey: string | undefined;
      readonly reason?: SessionEndReason;
    }
  /** The account was disabled or enabled, or has another role on the server. */
  | { readonly kind: 'account'; readonly userId: UserId };

/**
 * How a node keeps the other nodes' copies of its records up to date. Each change increases the
 * version by one, so that a receiver notices a message that it has missed, and asks for all.
 */
export type RecordsMessage<Value> =
  | {
      readonly kind: 'change';
      readonly version: number;
      readonly key: string;
      /** Null: the record was removed. */
      readonly value: Value | null;
    }
  | {
      readonly kind: 'all';
      readonly version: number;
      readonly records: readonly (readonly [key: string, value: Value])[];
    }
  /** Repeated, so that the other nodes know that the records still hold. */
  | { readonly kind: 'assert'; readonly version: number }
  /** Asks one node, or every node, for all of its records. */
  | { readonly kind: 'ask'; readonly nodeId: NodeId | undefined };
