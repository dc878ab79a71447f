/**
 * Decides if a command is allowed. Each store reads the facts and calls these functions inside the
 * transaction that stores the event.
 */
import { LIMITS } from '@parley/protocol';
import { type Rejection, rejected } from './commit-outcome.ts';
import type { CommandOf, LogCommand } from './log-command.ts';
import type { Message } from './message.ts';
import { isInForce, type Mute } from './restriction.ts';
import type { Posting, Room, RoomRole } from './room.ts';
import {
  isAllowedInArchive,
  isAllowedToReaders,
  isAllowedWhileMuted,
  isKnownToOthers,
  mayAnnounce,
  mayLeave,
  mayModerate,
  mayRemove,
  type RoleHolder,
} from './room-policy.ts';

/** Either a rejection, or the checked value. */
type Decision<T> = Rejection | { readonly kind: 'allowed'; readonly value: T };

/** The room of a command. */
export interface CommandRoom extends Pick<Room, 'kind' | 'visibility'> {
  readonly isArchived: boolean;
  readonly posting: Posting;
}

/** The message that a command changes. */
export type TargetMessage = Pick<Message, 'userId' | 'sequence' | 'isDeleted'>;

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
  const mayPost = room.posting === 'members' || mayAnnounce(actor, room.kind);
  if (!mayPost && !isAllowedToReaders(kind)) return rejected('FORBIDDEN');
  return { kind: 'allowed', value: actor };
}

/** Checks the target of an edit, deletion, pin or reaction. */
export function decideChange<T extends TargetMessage>(
  { kind, userId }: MessageChange,
  target: T | undefined,
  actor: RoleHolder,
  roomKind: Room['kind'],
): Decision<T> {
  const isDeletion = kind === 'deletion';
  // A deletion can be repeated.
  if (target === undefined || (target.isDeleted && !isDeletion)) {
    return rejected('NOT_FOUND', 'messageId');
  }
  const isOwn = target.userId === userId;
  if (kind === 'edit' && !isOwn) return rejected('FORBIDDEN');
  if (isDeletion && !isOwn && !mayModerate(actor, roomKind)) return rejected('FORBIDDEN');
  return { kind: 'allowed', value: target };
}

/** Checks the number of different emojis on a message. */
export function mayAddReaction(emoji: string, present: readonly string[]): boolean {
  return present.includes(emoji) || present.length < LIMITS.reactionsPerMessageMax;
}

/** Checks the end of a membership; the subject is undefined if there is no such user. */
export function decideEndOfMembership<S extends { readonly roomRole: RoomRole | undefined }>(
  { userId, subjectId, reason }: CommandOf<'access-lost'>,
  subject: S | undefined,
  actor: RoleHolder,
  roomKind: Room['kind'],
): Decision<S> {
  if (subject === undefined) return rejected('NOT_FOUND', 'userId');
  const { roomRole } = subject;
  const isOwnLeave = subjectId === userId && mayLeave(reason, roomKind);
  if (!isOwnLeave && !mayRemove(actor, roomRole ?? 'member', roomKind)) {
    return rejected('FORBIDDEN');
  }
  // A ban also applies to users who are not members.
  if (roomRole === undefined && reason !== 'banned') return rejected('NOT_FOUND', 'userId');
  return { kind: 'allowed', value: subject };
}
