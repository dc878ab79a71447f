/** What the memory store holds: the tables of the SQL stores, as maps. */
import type { MessageId, RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { AttemptRecord } from '../../model/attempt-limits.ts';
import type { Invitation } from '../../model/invitation.ts';
import type { LogEntry } from '../../model/log-entry.ts';
import type { Message } from '../../model/message.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import type { Room, RoomRole } from '../../model/room.ts';
import type { Session } from '../../model/session.ts';
import type { User } from '../../model/user.ts';
import type { Workspace } from '../../model/workspace.ts';
import type { WorkspaceRole } from '../../model/workspace-policy.ts';

export interface StoredAccount {
  readonly user: User;
  passwordHash: string;
  lastSeenAtMs: number | undefined;
  /** Whom this person has blocked; latest last. */
  readonly blocked: Set<UserId>;
  asksFirst: boolean;
}

export interface SendKey {
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

/** A message as it is kept: who reacted in full, the sender by id. */
export interface StoredMessage extends Omit<Message, 'sender' | 'reactions'> {
  /** By emoji; people in the order in which they came. */
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
  /** In a direct room: where the position came to, over messages, and when. */
  readSteps: readonly ReadStep[];
  isMarkedUnread: boolean;
}

export interface StoredRoom {
  room: Room;
  archivedAtMs: number | undefined;
  readonly logId: string;
  /** The lowest sequence that is there, and how many messages are not there any more. */
  firstSequence: number;
  prunedOrdinal: number;
  /** The first is that of `firstSequence`. */
  readonly entries: LogEntry[];
  /** The first is that of the ordinal behind `prunedOrdinal`. */
  readonly messageIds: MessageId[];
  readonly messages: Map<MessageId, StoredMessage>;
  lastEventAtMs: number;
  readonly members: Map<UserId, StoredMembership>;
  readonly banned: Set<UserId>;
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
  /** By username in lower case. */
  readonly accounts: Map<string, StoredAccount>;
  readonly accountsById: Map<UserId, StoredAccount>;
  /** By issuer and subject. */
  readonly externalUsers: Map<string, User>;
  readonly attempts: Map<string, AttemptRecord>;
  readonly sessions: Map<string, Session>;
  readonly rooms: Map<RoomId, StoredRoom>;
  readonly workspaces: Map<WorkspaceId, StoredWorkspace>;
  /** By the id of the invited person and that of the target. */
  readonly invitations: Map<string, Invitation>;
}

export function emptyTables(newLogId: () => string): Tables {
  return {
    generation: newLogId(),
    newLogId,
    accounts: new Map(),
    accountsById: new Map(),
    externalUsers: new Map(),
    attempts: new Map(),
    sessions: new Map(),
    rooms: new Map(),
    workspaces: new Map(),
    invitations: new Map(),
  };
}
