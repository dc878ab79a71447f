/** The relational part of a store whose logs are elsewhere. */
import type { Epoch, MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
import type { Rejection } from '../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../model/log-command.ts';
import type { Effect } from '../model/plan-command.ts';
import type { ReadPosition } from '../model/read-receipt.ts';
import type { Posting } from '../model/room.ts';
import type { RoleHolder } from '../model/room-policy.ts';
import type { SearchLanguage } from '../model/stems.ts';
import type { LoggedMessage, LogRecord } from './message-log.ts';
import type { Store } from './store.ts';

/** State of a room as its log sees it. */
export interface LoggedRoom {
  readonly roomId: RoomId;
  readonly kind: RoomKind;
  readonly visibility: 'public' | 'private';
  readonly isArchived: boolean;
  readonly posting: Posting;
  readonly pinning: Posting;
  /** Whether its settings were chosen: such a room is kept while it is empty. */
  readonly hasSettings: boolean;
  readonly epoch: Epoch;
  readonly createdAtMs: number;
  /** The end of the log as last recorded: at least what was acknowledged. */
  readonly head: ReadPosition & { readonly lastEventAtMs: number };
  /** Lowest remaining sequence, and number of deleted messages. */
  readonly firstSequence: number;
  readonly prunedOrdinal: number;
}

/** The facts by which a command is decided. */
export interface CommandFacts {
  /** The author as a member; undefined if not a member. */
  readonly actor: (RoleHolder & { readonly username: string }) | undefined;
  /** A direct room in which one user has blocked the other. */
  readonly isBlocked: boolean;
  /** Files of the author that no message has, among those of a new message. */
  readonly freeFileIds: readonly string[];
  /** Members whom the text mentions by name. */
  readonly mentionedIds: readonly UserId[];
}

/** A membership that has ended but whose event is not yet recorded as stored. */
export interface PendingLoss {
  readonly id: string;
  readonly command: CommandOf<'access-lost'>;
  readonly username: string;
}

/** Effects of stored events on relational data. Recording them again changes nothing. */
export interface LogEffects {
  readonly roomId: RoomId;
  readonly records: readonly LogRecord[];
  /** The messages that the records create or change, at least as they were after the last record. */
  readonly messages: readonly LoggedMessage[];
}

/** The next messages to index: those of the room below a sequence; without a room, none are left. */
export interface UnindexedPart {
  /** How far messages are indexed. */
  readonly mark: string;
  readonly roomId: RoomId | undefined;
  readonly below: number;
}

/** Operations with which logs outside the relational store use its data. */
export interface LogRelations {
  /**
   * Notes to which log the relational data belongs, if it is new. Returns false if it belongs to
   * another one.
   *
   * @param logId Undefined if the logs are in the relational store itself.
   */
  bindLog(logId: string | undefined): Promise<boolean>;
  readLoggedRooms(roomIds: readonly RoomId[]): Promise<LoggedRoom[]>;
  /** Rooms ordered by id, after the given one. */
  listLoggedRooms(page: {
    readonly after: RoomId | undefined;
    readonly limit: number;
  }): Promise<LoggedRoom[]>;
  isMember(roomId: RoomId, userId: UserId): Promise<boolean>;
  /** Sequences up to which these members have read. */
  readPositions(roomId: RoomId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, number>>;
  readUsernames(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, string>>;
  /** Returns the facts of each command, in the same order. */
  readFacts(commands: readonly LogCommand[]): Promise<CommandFacts[]>;
  /** Lets users in who come with messages that are about to be stored. */
  admit(
    roomId: RoomId,
    admissions: readonly Extract<Effect, { readonly kind: 'admission' }>[],
  ): Promise<void>;
  /**
   * Ends a membership if the author is allowed to, together with a pending loss, which remains
   * until its event is stored.
   */
  endMembership(
    command: CommandOf<'access-lost'>,
  ): Promise<PendingLoss | { readonly kind: 'unlogged' } | Rejection>;
  /** Pending losses, oldest first; of one room or of all. */
  listPendingLosses(query: {
    readonly roomId: RoomId | undefined;
    readonly limit: number;
  }): Promise<PendingLoss[]>;
  deletePendingLoss(id: string): Promise<void>;
  /**
   * Moves heads and authors' read positions forward, replaces mentions, and indexes texts with their
   * stems in these languages.
   */
  recordEffects(
    effects: readonly LogEffects[],
    languages: readonly SearchLanguage[],
  ): Promise<void>;
  /** Moves a read position forward to an event of the log, and clears the mark `unread`. */
  moveReadPosition(move: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly to: ReadPosition;
    /** The event's message; undefined if it is not a message. */
    readonly messageId: MessageId | undefined;
    readonly atMs: number;
  }): Promise<
    | { readonly position: ReadPosition; readonly hasMoved: boolean; readonly readAtMs: number }
    | undefined
  >;
  /** Records that a log starts after this position. */
  recordStart(roomId: RoomId, deleted: ReadPosition): Promise<void>;
  /** Undefined if all messages are indexed. */
  readUnindexed(): Promise<UnindexedPart | undefined>;
  /** Adds messages to the index of the search, except those that it has and deleted ones. */
  indexLogged(
    roomId: RoomId,
    messages: readonly LoggedMessage[],
    languages: readonly SearchLanguage[],
  ): Promise<void>;
  /**
   * Notes that a part is indexed.
   *
   * @param indexed.gone Sequences of its messages that were deleted meanwhile: they leave the index.
   * @param indexed.oldest Sequence of its oldest message; undefined if no others of the room are left.
   */
  endIndexedPart(
    part: UnindexedPart,
    indexed: { readonly gone: readonly number[]; readonly oldest: number | undefined },
  ): Promise<void>;
}

export interface RelationalStore extends Store {
  readonly relations: LogRelations;
}
