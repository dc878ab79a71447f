/** Reports of users to the moderators of the server, and what the moderators do about them. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { AccountRefusal } from './session.ts';
import type { Role } from './user.ts';

export type ReportAction = 'dismiss' | 'delete' | 'warn' | 'mute' | 'suspend';

/** The message as it was when it was reported: a later edit or deletion hides nothing. */
interface ReportedMessage {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly content: string;
  /** Names of the attached files. */
  readonly files: readonly string[];
  readonly sentAtMs: number;
}

export interface NewReport {
  readonly id: string;
  /** Undefined for a rule of the server. */
  readonly reporterId: UserId | undefined;
  /** The reported user: the author of the message, if it is about one. */
  readonly userId: UserId;
  readonly message: ReportedMessage | undefined;
  readonly reason: string;
  readonly atMs: number;
}

interface NamedUser {
  readonly id: UserId;
  readonly username: string;
  readonly displayName: string;
}

export interface Report extends Pick<NewReport, 'id' | 'reason' | 'atMs'> {
  /** Undefined for a rule of the server. */
  readonly reporter: NamedUser | undefined;
  readonly user: NamedUser;
  /** The name is undefined if the room is hidden from users who are not its members, or is gone. */
  readonly message: (ReportedMessage & { readonly roomName: string | undefined }) | undefined;
  /** Undefined while the report is open. */
  readonly closed:
    | { readonly action: string; readonly by: NamedUser | undefined; readonly atMs: number }
    | undefined;
}

/** A moderator who reads reports: none about the reader, and only those about users of these roles. */
export interface ReportReader {
  readonly id: UserId;
  readonly roles: readonly Role[];
}

/** Shown to a user until the user has dismissed it. */
export interface Warning {
  readonly id: string;
  /** As the moderator wrote it; empty if no reason was given. */
  readonly reason: string;
  /** The message of the user that it is about; empty if it is about none. */
  readonly content: string;
  readonly atMs: number;
}

/** The end of a report, and what is done with it. */
export type ReportDecision =
  | { readonly action: 'dismiss' }
  | { readonly action: 'delete' }
  | { readonly action: 'warn'; readonly warningId: string; readonly reason: string }
  | { readonly action: 'mute'; readonly untilMs: number; readonly reason: string }
  | { readonly action: 'suspend'; readonly untilMs: number | undefined; readonly reason: string };

export type ReportEnd =
  /** Another moderator was first. */
  | { readonly kind: 'already-closed' }
  /** The sanction was not made, and the report is still open. */
  | { readonly kind: 'refused'; readonly why: AccountRefusal }
  | {
      readonly kind: 'closed';
      /** Of sessions that have ended. */
      readonly endedKeys: readonly string[];
      readonly warning: Warning | undefined;
    };
