/**
 * Decides if a command is allowed. Each store reads the facts and calls these functions inside the
 * transaction that stores the event.
 */
import { LIMITS, POLL_LOCK, type Poll, votesOf } from '@parley/protocol';
import { type Rejection, rejected } from './commit-outcome.ts';
import type { CommandOf, LogCommand } from './log-command.ts';
import type { Message } from './message.ts';
import { isInForce, type Mute } from './restriction.ts';
import type { Room } from './room.ts';
import { isPermitted, type RoomPermissions } from './room-permissions.ts';
import {
  isAllowedInArchive,
  isAllowedToReaders,
  isAllowedWhileMuted,
  isKnownToOthers,
  isPin,
  mayLeave,
  mayModerate,
  mayRemove,
  type RoleHolder,
  type Subject,
} from './room-policy.ts';
import {
  decideSanction,
  type MadeSanction,
  type SanctionRank,
  sanctionRankOf,
} from './sanctions.ts';

/** Either a rejection, or the checked value. */
type Decision<T> = Rejection | { readonly kind: 'allowed'; readonly value: T };

/** The room of a command. */
export interface CommandRoom
  extends Pick<Room, 'kind' | 'visibility'>,
    Pick<RoomPermissions, 'posting' | 'pinning'> {
  readonly isArchived: boolean;
}

/** The message that a command changes. */
export type TargetMessage = Pick<Message, 'userId' | 'sequence' | 'isDeleted'> & {
  readonly poll?: Poll | undefined;
};

export type MessageChange = Exclude<LogCommand, { readonly kind: 'message' | 'access-lost' }>;

/** Checks membership and the room's state. */
export function authorizeCommand<A extends RoleHolder & { readonly mute?: Mute | undefined }>(
  { kind, admittedAtMs }: Pick<LogCommand, 'kind' | 'admittedAtMs'>,
  room: CommandRoom,
  actor: A | undefined,
): Decision<A> {
  // A room that the user may not know about is reported as missing.
  if (actor === undefined) return rejected(isKnownToOthers(room) ? 'FORBIDDEN' : 'NOT_FOUND');
  if (room.isArchived && !isAllowedInArchive(kind)) {
    return { ...rejected('FORBIDDEN'), isArchived: true };
  }
  const { mute } = actor;
  if (isInForce(mute, admittedAtMs) && !isAllowedWhileMuted(kind)) {
    return { ...rejected('FORBIDDEN'), mute };
  }
  const isAllowed =
    (isAllowedToReaders(kind) || isPermitted('posting', actor, room)) &&
    (!isPin(kind) || isPermitted('pinning', actor, room));
  if (!isAllowed) return rejected('FORBIDDEN');
  return { kind: 'allowed', value: actor };
}

/** Checks the target of an edit, deletion, pin or reaction, and who closes a poll. */
export function decideChange<T extends TargetMessage>(
  command: MessageChange,
  target: T | undefined,
  actor: RoleHolder,
  roomKind: Room['kind'],
): Decision<T> {
  const { kind, userId } = command;
  const isDeletion = kind === 'deletion';
  // A deletion can be repeated.
  if (target === undefined || (target.isDeleted && !isDeletion)) {
    return rejected('NOT_FOUND', 'messageId');
  }
  const isOwn = target.userId === userId;
  const isPoll = target.poll !== undefined;
  // Votes are about the text as it was.
  if (kind === 'edit' && (!isOwn || isPoll)) return rejected('FORBIDDEN');
  const isLock = isPoll && 'emoji' in command && command.emoji === POLL_LOCK;
  if ((isDeletion || isLock) && !isOwn && !mayModerate(actor, roomKind)) {
    return rejected('FORBIDDEN');
  }
  return { kind: 'allowed', value: target };
}

/** Checks the number of different emojis on a message; what a poll needs is beside it. */
export function mayAddReaction(
  emoji: string,
  present: ReadonlyMap<string, number>,
  poll: Poll | undefined,
): boolean {
  if (present.has(emoji) || present.size < LIMITS.reactionsPerMessageMax) return true;
  return poll !== undefined && (emoji === POLL_LOCK || votesOf(poll).includes(emoji));
}

/** Whether votes in a poll still count. */
export function isPollOpen(
  { endsAtMs }: Poll,
  present: ReadonlyMap<string, number>,
  nowMs: number,
): boolean {
  return !present.has(POLL_LOCK) && (endsAtMs === undefined || nowMs < endsAtMs);
}

/** The user whose membership ends. */
export interface LeavingSubject extends Subject {
  /** Also one that has ended. */
  readonly ban?: MadeSanction | undefined;
}

/**
 * Checks the end of a membership; the subject is undefined if there is no such user. The rank is that of a
 * ban.
 */
export function decideEndOfMembership<S extends LeavingSubject>(
  { userId, subjectId, reason, ban, admittedAtMs: atMs }: CommandOf<'access-lost'>,
  subject: S | undefined,
  actor: RoleHolder,
  roomKind: Room['kind'],
): Decision<{ readonly subject: S; readonly madeAs: SanctionRank | undefined }> {
  if (subject === undefined) return rejected('NOT_FOUND', 'userId');
  const { roomRole } = subject;
  const isOwnLeave = subjectId === userId && mayLeave(reason, roomKind);
  if (!isOwnLeave && !mayRemove(actor, subject, roomKind)) {
    return rejected('FORBIDDEN');
  }
  if (reason === 'banned') {
    const rank = sanctionRankOf(actor);
    if (rank === undefined) return rejected('FORBIDDEN');
    const wanted = { untilMs: ban?.untilMs };
    const act = { rank, isOwn: subjectId === userId, atMs, wanted };
    const decided = decideSanction(act, subject.ban);
    if (typeof decided === 'string') {
      return { ...rejected('CONFLICT', 'userId'), sanction: decided };
    }
    return { kind: 'allowed', value: { subject, madeAs: decided.madeAs } };
  }
  // A ban also applies to users who are not members.
  if (roomRole === undefined) return rejected('NOT_FOUND', 'userId');
  return { kind: 'allowed', value: { subject, madeAs: undefined } };
}
