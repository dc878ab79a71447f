/** A store: all that must survive a restart, behind one door. */
import type { AccountStore } from './account-store.ts';
import type { EventLog } from './event-log.ts';
import type { InvitationStore } from './invitation-store.ts';
import type { RoomStore } from './room-store.ts';
import type { SessionStore } from './session-store.ts';
import type { WorkspaceStore } from './workspace-store.ts';

export interface Store {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly rooms: RoomStore;
  readonly workspaces: WorkspaceStore;
  readonly invitations: InvitationStore;
  readonly log: EventLog;
  /** For the start line: what it is and how durable. */
  readonly description: string;
  /** Settings of it by which the last moments may be lost, as `fsync=off`; none where it is as durable as promised. */
  readonly weakenedBy: readonly string[];
  /** Ends what is under way, flushes, and lets go. Further calls are refused. */
  close(): Promise<void>;
}

/**
 * The store cannot answer, or not within its bounds. After a write the outcome is
 * not known: it was perhaps stored.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store cannot hold what a command says, and never will: nothing of it was stored. */
export class NotStorable extends Error {
  override readonly name = 'NotStorable';
}

/**
 * A commit that was handed over while the one before it was not yet done, and that one
 * has failed: nothing of this one was tried.
 */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
}

/** The store cannot be opened as it is set up. The message is a line for the operator. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}
