/** Data of the memory store: the tables of the SQL stores as maps. */

import type { MessageId, NotificationLevel, RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { AttemptRecord } from '../../model/attempt-limits.ts';
import type { Invitation } from '../../model/invitation.ts';
import type { LogEntry } from '../../model/log-entry.ts';
import type { MembershipChange } from '../../model/membership-change.ts';
import type { Message } from '../../model/message.ts';
import type { NameKeys } from '../../model/name-keys.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import type { Room, RoomRole } from '../../model/room.ts';
import type { Session } from '../../model/session.ts';
import type { StoredPresence, User } from '../../model/user.ts';
import type { Workspace } from '../../model/workspace.ts';
import type { WorkspaceRole } from '../../model/workspace-policy.ts';

export interface StoredAccount {
  user: User;
  names: NameKeys;
  passwordHash: string;
  lastSeenAtMs: number | undefined;
  chosenPresence: StoredPresence | undefined;
  /** Users whom this user has blocked; latest last. */
  readonly blocked: Set<UserId>;
  /** Undefined if the user has not chosen. */
  asksFirst: boolean | undefined;
}

export interface SendKey {
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

/** A message as stored: with all reacting users, and the sender's id. */
export interface StoredMessage extends Omit<Message, 'sender' | 'reactions'> {
  /** By emoji; users in the order of their reactions. */
  readonly reactions: ReadonlyMap<string, ReadonlySet<UserId>>;
}

export interface ReadStep {
  readonly sequence: number;
  readonly readAtMs: number;
}

export interface StoredMembership {
  role: RoomRole;
  readonly joinedAtMs: number;
  read: ReadPosition;
  readAtMs: number;
  /** Only in direct rooms: the positions reached by reading messages, and when. */
  readSteps: readonly ReadStep[];
  isMarkedUnread: boolean;
  notificationLevel: NotificationLevel | undefined;
}

export interface StoredRoom {
  room: Room;
  readonly creatorId: UserId | undefined;
  archivedAtMs: number | undefined;
  readonly logId: string;
  /** The lowest remaining sequence, and the number of deleted messages. */
  firstSequence: number;
  prunedOrdinal: number;
  /** The first entry has the sequence `firstSequence`. */
  readonly entries: LogEntry[];
  /** The first message has the ordinal after `prunedOrdinal`. */
  readonly messageIds: MessageId[];
  readonly messages: Map<MessageId, StoredMessage>;
  lastEventAtMs: number;
  readonly members: Map<UserId, StoredMembership>;
  readonly banned: Set<UserId>;
  /** Oldest first. */
  readonly membershipChanges: Omit<MembershipChange, 'username'>[];
  /** By sender and `clientMessageId`. */
  readonly sendKeys: Map<string, SendKey>;
  /** By the message's sequence. */
  readonly mentions: Map<number, 'everyone' | ReadonlySet<UserId>>;
}

export interface StoredWorkspace {
  readonly workspace: Workspace;
  readonly members: Map<UserId, WorkspaceRole>;
}

export interface Tables {
  readonly generation: string;
  readonly newLogId: () => string;
  /** By lower-case username. */
  readonly accounts: Map<string, StoredAccount>;
  readonly accountsById: Map<UserId, StoredAccount>;
  /** How many users show a name that looks like this. */
  readonly looks: Map<string, number>;
  /** By issuer and subject. */
  readonly externalUsers: Map<string, User>;
  readonly attempts: Map<string, AttemptRecord>;
  readonly sessions: Map<string, Session>;
  /** Keys of ended sessions, in order. */
  readonly endedSessions: string[];
  readonly rooms: Map<RoomId, StoredRoom>;
  readonly workspaces: Map<WorkspaceId, StoredWorkspace>;
  /** By ids of the invited user and of the target. */
  readonly invitations: Map<string, Invitation>;
}

export function emptyTables(newLogId: () => string): Tables {
  return {
    generation: newLogId(),
    newLogId,
    accounts: new Map(),
    accountsById: new Map(),
    looks: new Map(),
    externalUsers: new Map(),
    attempts: new Map(),
    sessions: new Map(),
    endedSessions: [],
    rooms: new Map(),
    workspaces: new Map(),
    invitations: new Map(),
  };
}
