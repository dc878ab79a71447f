/** A store: all data that must survive a restart. */
import type { AccountStore } from './account-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { CustomEmojiStore } from './custom-emoji-store.ts';
import type { EventLog } from './event-log.ts';
import type { FileStore } from './file-store.ts';
import type { ImportStore } from './import-store.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { InviteStore } from './invite-store.ts';
import type { LinkPreviewStore } from './link-preview-store.ts';
import type { RemovalStore } from './removal-store.ts';
import type { ReportStore } from './report-store.ts';
import type { RoomStore } from './room-store.ts';
import type { SavedMessageStore } from './saved-message-store.ts';
import type { ScheduledMessageStore } from './scheduled-message-store.ts';
import type { SearchStore } from './search-store.ts';
import type { ServerProfileStore } from './server-profile-store.ts';
import type { SessionStore } from './session-store.ts';
import type { ThreadStore } from './thread-store.ts';
import type { UserGroupStore } from './user-group-store.ts';
import type { WorkspaceStore } from './workspace-store.ts';

export interface Store {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly rooms: RoomStore;
  readonly workspaces: WorkspaceStore;
  readonly invitations: InvitationStore;
  readonly invites: InviteStore;
  readonly audit: AuditStore;
  readonly files: FileStore;
  readonly search: SearchStore;
  readonly removals: RemovalStore;
  readonly reports: ReportStore;
  readonly saved: SavedMessageStore;
  readonly scheduled: ScheduledMessageStore;
  readonly serverProfile: ServerProfileStore;
  readonly userGroups: UserGroupStore;
  readonly customEmoji: CustomEmojiStore;
  readonly linkPreviews: LinkPreviewStore;
  readonly imports: ImportStore;
  readonly threads: ThreadStore;
  readonly log: EventLog;
  /** Reads the store's clock, in milliseconds since 1970; undefined if that is the clock of this machine. */
  readonly readClockMs?: () => Promise<number>;
  /** Kind and durability of the store, for the start line. */
  readonly description: string;
  /**
   * Settings that may lose the latest writes, such as `fsync=off`; empty if the store is fully
   * durable.
   */
  readonly weakenedBy: readonly string[];
  /** Finishes running calls, flushes and disconnects. Further calls are rejected. */
  close(): Promise<void>;
}

/** The part of a store that a command of the operator opens, beside servers that use all of it. */
export interface StoredAccounts {
  readonly accounts: Pick<
    AccountStore,
    | 'insertUser'
    | 'findCredentials'
    | 'insertPasswordReset'
    | 'listAccounts'
    | 'listUsers'
    | 'findAccount'
    | 'findDemo'
    | 'noteDemo'
  >;
  readonly sessions: Pick<
    SessionStore,
    'setPassword' | 'setRole' | 'setDisabled' | 'listSessions' | 'deleteSessionsOf'
  >;
  readonly audit: Pick<AuditStore, 'listAudit' | 'readAuditChain' | 'findPrune'>;
  readonly removals: Pick<RemovalStore, 'deleteAccount'>;
  readonly invites: Pick<InviteStore, 'insertInvite' | 'listInvites' | 'deleteInvite'>;
  readonly rooms: Pick<RoomStore, 'listAllRooms' | 'changeRoom' | 'giveRole' | 'hideRoom'>;
  readonly imports: Pick<ImportStore, 'insertImport' | 'findImport'>;
  close(): Promise<void>;
}

/**
 * The store is unavailable or did not answer in time. After a write the outcome is unknown: it is
 * perhaps stored.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store can never hold the values of a command: nothing was stored. */
export class NotStorable extends Error {
  override readonly name = 'NotStorable';
}

/**
 * The store is unavailable, and nothing of the call was stored: there was no connection, the
 * transaction was rolled back, or the commit before this one has failed.
 */
export class NotBegun extends StoreUnavailable {}

/** The store cannot be opened with its configuration. The message is a line for the operator. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}
