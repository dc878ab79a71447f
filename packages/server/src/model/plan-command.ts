/**
 * The effects of each command on a room's log, decided once for all stores. Pure: a plan asks its
 * store for what it must know, and returns the outcome with the rows to write. A rejected command
 * writes nothing.
 */
import {
  type ClientMessageId,
  type Epoch,
  fileIdsOf,
  type MessageId,
  othersOf,
  type RoomKind,
  rivalsOf,
  type UserId,
  votesOf,
} from '@parley/protocol';
import type { Recorded } from './audit.ts';
import {
  authorizeCommand,
  type CommandRoom,
  decideChange,
  decideEndOfMembership,
  isPollOpen,
  type LeavingSubject,
  type MessageChange,
  mayAddReaction,
  type TargetMessage,
} from './authorize-command.ts';
import { type CommitOutcome, type Rejection, rejected } from './commit-outcome.ts';
import type { Admission, CommandOf, LogCommand } from './log-command.ts';
import type { ReplyPosition } from './message.ts';
import {
  FLAG_COMMANDS,
  type FlagChange,
  type FlagCommand,
  isFlagCommand,
} from './message-flags.ts';
import { storedMessage } from './new-message.ts';
import type { ReadPosition } from './read-receipt.ts';
import type { Mute, Restriction } from './restriction.ts';
import type { LogPosition } from './room-event.ts';
import { type RoleHolder, withoutMutedRole } from './room-policy.ts';
import type { SanctionRank } from './sanctions.ts';
import type { NewReply } from './thread.ts';
import { countsInRoom } from './unread.ts';

/** Author of a command, as a member of the room. */
export interface Actor extends RoleHolder {
  readonly username: string;
  /** Also one that has ended. */
  readonly mute?: Mute | undefined;
}

/** A message as the commands about it see it. */
export interface KnownMessage extends TargetMessage {
  /** Of the thread in which it is a reply. */
  readonly parentId: MessageId | undefined;
  readonly replyCount: number;
}

/** The reactions on a message, as the author of another one sees them. */
interface KnownReactions {
  /** Number of users with each emoji. */
  readonly counts: ReadonlyMap<string, number>;
  /** Of the emojis that were asked for: those of the author of the command. */
  readonly own: ReadonlySet<string>;
}

/** Asks for all emojis on a message, and for which of these the user has. */
interface ReactionsQuery {
  readonly messageId: MessageId;
  readonly userId: UserId;
  readonly emojis: readonly string[];
}

interface NamedSubject extends LeavingSubject {
  readonly username: string;
}

type Fact<T> = T | Promise<T>;

/** Reads the room of a command, with the writes of the commands before it. */
export interface Facts {
  /** Whether one user of a direct room has blocked the other. */
  isClosed(): Fact<boolean>;
  findMessage(id: MessageId): Fact<KnownMessage | undefined>;
  /** Number of the latest reply in a thread whose first message retention has deleted. */
  latestReplyNumber(parentId: MessageId): Fact<number>;
  readReactions(query: ReactionsQuery, target: KnownMessage): Fact<KnownReactions>;
  findSubject(userId: UserId): Fact<NamedSubject | undefined>;
  /** Whether these are files of the author that no other message has, or will have. */
  areFilesFree(claim: FileClaim): Fact<boolean>;
}

/** Files that a message is to have. */
export interface FileClaim {
  readonly fileIds: readonly string[];
  readonly userId: UserId;
  /** Key of the message: files that are held for it are free for it alone. */
  readonly clientMessageId: ClientMessageId | undefined;
  /** They must not have expired by then. */
  readonly atMs: number;
}

/** Rows that an effect writes, beside the entry of the log and the idempotency key. */
export type Effect =
  /** With its mentions; also moves the author's read position. */
  | {
      readonly kind: 'message';
      readonly command: CommandOf<'message'>;
      readonly position: LogPosition;
      readonly reply: ReplyPosition | undefined;
    }
  /** Before the message or edit whose text brings the user. Nothing happens to a user who may not come any more. */
  | {
      readonly kind: 'admission';
      readonly admission: Admission;
      readonly actorId: UserId;
      readonly readUpTo: ReadPosition;
      /** Of the latest event before it. */
      readonly afterSequence: number;
      readonly atMs: number;
    }
  | { readonly kind: 'files'; readonly fileIds: readonly string[]; readonly sequence: number }
  | { readonly kind: 'reply-count'; readonly messageId: MessageId; readonly replyCount: number }
  /** After the message: who follows the thread, and for whom the reply is unread. */
  | { readonly kind: 'reply'; readonly reply: NewReply }
  /** Also replaces the mentions of the message, and keeps the earlier text. */
  | {
      readonly kind: 'edit';
      readonly command: CommandOf<'edit'>;
      readonly messageSequence: number;
      /** Of the event. */
      readonly sequence: number;
      readonly editedAtMs: number;
    }
  /** Also removes the mentions, reactions, attachments, files and earlier texts of the message. */
  | {
      readonly kind: 'deletion';
      readonly messageId: MessageId;
      readonly messageSequence: number;
      /** The message was deleted before. */
      readonly isRepeated: boolean;
    }
  | ({ readonly kind: 'flag'; readonly messageId: MessageId } & FlagChange)
  | {
      readonly kind: 'reaction';
      readonly messageId: MessageId;
      readonly messageSequence: number;
      readonly emoji: string;
      readonly userId: UserId;
      /** Of the event that adds it; undefined if removed. */
      readonly sequence: number | undefined;
    }
  | AuditEffect
  | EndEffect;

/** An entry of the audit log: a store writes it last in the transaction. */
interface AuditEffect {
  readonly kind: 'audit';
  readonly recorded: Recorded;
}

type EndEffect =
  | {
      readonly kind: 'ban';
      readonly subjectId: UserId;
      readonly ban: Restriction;
      readonly madeAs: SanctionRank;
      readonly actorId: UserId;
      readonly atMs: number;
    }
  /** If it leaves the room without an owner, another member becomes the owner: `stores/sql/heirs.ts`. */
  | {
      readonly kind: 'membership-end';
      readonly command: CommandOf<'access-lost'>;
      readonly wasOwner: boolean;
      /** Of the latest event before it. */
      readonly afterSequence: number;
      readonly atMs: number;
    };

interface Planned {
  readonly outcome: CommitOutcome;
  readonly effects: readonly Effect[];
}

type Ended =
  | Rejection
  /** A ban of a user who is not a member. */
  | { readonly kind: 'unlogged'; readonly effects: readonly (EndEffect | AuditEffect)[] }
  | {
      readonly kind: 'ended';
      readonly username: string;
      readonly effects: readonly (EndEffect | AuditEffect)[];
    };

/** A decision that asks for facts on its way. */
export type Plan<T> = Generator<(facts: Facts) => unknown, T, unknown>;

/** The facts are read over a network. */
export async function decideLater<T>(plan: Plan<T>, facts: Facts): Promise<T> {
  let step = plan.next();
  while (step.done !== true) step = plan.next(await step.value(facts));
  return step.value;
}

function* ask<T>(read: (facts: Facts) => Fact<T>): Plan<T> {
  return (yield read) as T;
}

/** The result of the command that has the idempotency key of this one. */
export function outcomeOfRepeated(
  { fingerprint }: LogCommand,
  key: {
    readonly fingerprint: string;
    readonly messageId: MessageId;
    readonly sequence: number;
    readonly createdAtMs: number;
  },
  epoch: Epoch,
): CommitOutcome {
  if (key.fingerprint !== fingerprint) return rejected('CONFLICT', 'clientMessageId');
  const { messageId, sequence, createdAtMs } = key;
  return { kind: 'duplicate', epoch, messageId, sequence, createdAtMs };
}

interface CommandContext {
  readonly room: CommandRoom;
  /** Undefined if the author is not a member. */
  readonly actor: Actor | undefined;
  /** Of the event, if there will be one. */
  readonly position: LogPosition;
}

interface Context {
  readonly actor: Actor;
  readonly position: LogPosition;
  readonly roomKind: RoomKind;
}

export function* planCommand(
  command: LogCommand,
  { room, actor, position }: CommandContext,
): Plan<Planned> {
  if (command.kind === 'deletion' && command.isRemoval === true) {
    return yield* planRemoval(command, position);
  }
  const decision = authorizeCommand(command, room, actor);
  if (decision.kind === 'rejected') return nothing(decision);
  // A deletion withdraws a message sent before the block.
  if (room.kind === 'direct' && command.kind !== 'deletion') {
    if (yield* ask((facts) => facts.isClosed())) return nothing(rejected('FORBIDDEN'));
  }
  // A muted member may withdraw messages and leave, and has no rights over others.
  const held = withoutMutedRole(decision.value, command.admittedAtMs);
  const context = { actor: held, position, roomKind: room.kind };
  switch (command.kind) {
    case 'message':
      return yield* planMessage(command, context);
    case 'access-lost':
      return yield* planAccessLost(command, context);
    default:
      return yield* planChange(command, context);
  }
}

/** Ends the subject's membership if the actor is allowed to. */
export function* planEndOfMembership(
  command: CommandOf<'access-lost'>,
  about: {
    readonly actor: RoleHolder & { readonly mute?: Mute | undefined };
    readonly roomKind: RoomKind;
    /** Sequence of the room's latest event. */
    readonly afterSequence: number;
    readonly atMs: number;
  },
): Plan<Ended> {
  const { subjectId, userId: actorId, reason } = command;
  const { roomKind, afterSequence, atMs } = about;
  const actor = withoutMutedRole(about.actor, command.admittedAtMs);
  const subject = yield* ask((facts) => facts.findSubject(subjectId));
  const decision = decideEndOfMembership(command, subject, actor, roomKind);
  if (decision.kind === 'rejected') return decision;
  const { madeAs, subject: ended } = decision.value;
  const { username, roomRole } = ended;
  const { ban = { untilMs: undefined, reason: '' } } = command;
  const bans =
    madeAs === undefined ? [] : [{ kind: 'ban' as const, subjectId, ban, madeAs, actorId, atMs }];
  const action = reason === 'banned' ? 'ban.create' : 'member.remove';
  const entry = toEntry(command, { action, target: subjectId, detail: command.roomId, atMs });
  const entries = subjectId === actorId ? [] : [entry];
  if (roomRole === undefined) return { kind: 'unlogged', effects: [...bans, ...entries] };
  const wasOwner = roomRole === 'owner';
  const end = { kind: 'membership-end' as const, command, wasOwner, afterSequence, atMs };
  return { kind: 'ended', username, effects: [...bans, end, ...entries] };
}

/** The entry about an act on another user. */
function toEntry(
  { userId: actor, address = '' }: LogCommand,
  act: Omit<Recorded, 'actor' | 'address'>,
): AuditEffect {
  return { kind: 'audit', recorded: { actor, address, ...act } };
}

function nothing(outcome: CommitOutcome): Planned {
  return { outcome, effects: [] };
}

function* planMessage(command: CommandOf<'message'>, { actor, position }: Context): Plan<Planned> {
  const effects: Effect[] = [];
  let reply: ReplyPosition | undefined;
  let rootAuthorId: UserId | undefined;
  if (command.parentId !== undefined) {
    const place = yield* planReply(command.parentId, effects);
    if (place === undefined) return nothing(rejected('NOT_FOUND', 'parentMessageId'));
    const { rootAuthorId: authorId, ...position } = place;
    rootAuthorId = authorId;
    reply = command.alsoToRoom === true ? { ...position, alsoToRoom: true } : position;
  }
  const fileIds = fileIdsOf(command.attachments);
  if (fileIds.length > 0) {
    const isRepeated = new Set(fileIds).size < fileIds.length;
    const { userId, clientMessageId, admittedAtMs: atMs } = command;
    const claim = { fileIds, userId, clientMessageId, atMs };
    if (isRepeated || !(yield* ask((facts) => facts.areFilesFree(claim)))) {
      return nothing(rejected('NOT_FOUND', 'attachments'));
    }
    effects.push({ kind: 'files', fileIds, sequence: position.sequence });
  }
  effects.push(...admissionsOf(command, position));
  effects.push({ kind: 'message', command, position, reply });
  if (reply !== undefined) {
    const { sequence, createdAtMs: atMs } = position;
    const { parentId: rootId, number } = reply;
    const isInRoom = countsInRoom(reply, { isToEveryone: command.mentions.everyone });
    const written = { rootId, rootAuthorId, authorId: command.userId, number, sequence, atMs };
    effects.push({ kind: 'reply', reply: { ...written, isInRoom } });
  }
  return { outcome: storedMessage(command, position, { sender: actor.username, reply }), effects };
}

function admissionsOf(
  { kind, userId: actorId, admits = [] }: CommandOf<'message' | 'edit'>,
  { sequence, ordinal, createdAtMs: atMs }: LogPosition,
): Effect[] {
  const afterSequence = sequence - 1;
  const before = { sequence: afterSequence, ordinal: kind === 'message' ? ordinal - 1 : ordinal };
  return admits.map((admission) => {
    const { readUpTo = before } = admission;
    return { kind: 'admission', admission, actorId, readUpTo, afterSequence, atMs };
  });
}

/** Undefined if there is no such message. */
function* planReply(
  repliedToId: MessageId,
  effects: Effect[],
): Plan<(ReplyPosition & Pick<NewReply, 'rootAuthorId'>) | undefined> {
  const repliedTo = yield* ask((facts) => facts.findMessage(repliedToId));
  if (repliedTo === undefined) return undefined;
  const parentId = repliedTo.parentId ?? repliedToId;
  const parent =
    parentId === repliedToId ? repliedTo : yield* ask((facts) => facts.findMessage(parentId));
  if (parent === undefined) {
    // The thread continues after retention has deleted its first message.
    const number = (yield* ask((facts) => facts.latestReplyNumber(parentId))) + 1;
    return { parentId, number, rootAuthorId: undefined };
  }
  const replyCount = parent.replyCount + 1;
  effects.push({ kind: 'reply-count', messageId: parentId, replyCount });
  return { parentId, number: replyCount, rootAuthorId: parent.userId };
}

function* planChange(
  command: MessageChange,
  { actor, position, roomKind }: Context,
): Plan<Planned> {
  const { messageId } = command;
  const found = yield* ask((facts) => facts.findMessage(messageId));
  const decision = decideChange(command, found, actor, roomKind);
  if (decision.kind === 'rejected') return nothing(decision);
  const target = decision.value;
  const { sequence: messageSequence } = target;
  if (isFlag(command)) {
    const { kind } = command;
    const event = { ...position, kind, messageId };
    const flag = { kind: 'flag' as const, messageId, ...FLAG_COMMANDS[kind] };
    return { outcome: { kind: 'stored', event }, effects: [flag] };
  }
  switch (command.kind) {
    case 'edit': {
      const { kind, content } = command;
      const { createdAtMs: editedAtMs, sequence } = position;
      const event = { ...position, kind, messageId, content, editedAtMs };
      const edit = { kind, command, messageSequence, sequence, editedAtMs };
      const effects = [...admissionsOf(command, position), edit];
      return { outcome: { kind: 'stored', event }, effects };
    }
    case 'deletion': {
      const planned = deletionOf(command, target, position);
      const isOfOther = target.userId !== command.userId && !target.isDeleted;
      const entry = toEntry(command, {
        ...{ action: 'message.delete', target: target.userId },
        ...{ detail: `${position.roomId} ${messageId}`, atMs: position.createdAtMs },
      });
      return isOfOther ? { ...planned, effects: [...planned.effects, entry] } : planned;
    }
    case 'reaction-added':
    case 'reaction-removed':
      return yield* planReaction(command, target, position);
    default:
      return command satisfies never;
  }
}

/** A message is removed once, however many nodes remove it: each event would reach the clients. */
function* planRemoval(command: CommandOf<'deletion'>, position: LogPosition): Plan<Planned> {
  const target = yield* ask((facts) => facts.findMessage(command.messageId));
  const isThere = target?.userId === command.userId && !target.isDeleted;
  return isThere
    ? deletionOf(command, target, position)
    : nothing(rejected('NOT_FOUND', 'messageId'));
}

function deletionOf(
  { kind, messageId }: CommandOf<'deletion'>,
  { sequence: messageSequence, isDeleted: isRepeated }: KnownMessage,
  position: LogPosition,
): Planned {
  const deletion = { kind, messageId, messageSequence, isRepeated };
  const event = { ...position, kind, messageId };
  return { outcome: { kind: 'stored', event }, effects: [deletion] };
}

function isFlag(command: MessageChange): command is CommandOf<FlagCommand> {
  return isFlagCommand(command.kind);
}

/** The event of a reaction that changes nothing is stored, too: its author is answered. */
function* planReaction(
  command: CommandOf<'reaction-added' | 'reaction-removed'>,
  target: KnownMessage,
  position: LogPosition,
): Plan<Planned> {
  const { kind, messageId, emoji, userId } = command;
  const { poll, sequence: messageSequence } = target;
  const isAdded = kind === 'reaction-added';
  const rivals = isAdded && poll !== undefined ? rivalsOf(poll, emoji) : [];
  const query = { messageId, userId, emojis: [emoji, ...rivals] };
  const { counts, own } = yield* ask((facts) => facts.readReactions(query, target));
  if (poll !== undefined && votesOf(poll).includes(emoji)) {
    if (!isPollOpen(poll, counts, position.createdAtMs)) {
      return nothing(rejected('CONFLICT', 'messageId'));
    }
  }
  if (isAdded && !mayAddReaction(emoji, counts, poll)) {
    return nothing(rejected('CONFLICT', 'emoji'));
  }
  const hasChanged = own.has(emoji) !== isAdded;
  const before = counts.get(emoji) ?? 0;
  const count = before + (hasChanged ? (isAdded ? 1 : -1) : 0);
  const others = othersOf(
    poll,
    emoji,
    (rival) => (counts.get(rival) ?? 0) - (own.has(rival) ? 1 : 0),
  );
  const event = { ...position, kind, messageId, emoji, count, ...(isAdded && others) };
  const about = { kind: 'reaction' as const, messageId, messageSequence, userId };
  const sequence = isAdded ? position.sequence : undefined;
  const effects = [
    ...rivals
      .filter((rival) => own.has(rival))
      .map((rival) => ({ ...about, emoji: rival, sequence: undefined })),
    ...(hasChanged ? [{ ...about, emoji, sequence }] : []),
  ];
  return { outcome: { kind: 'stored', event }, effects };
}

function* planAccessLost(
  command: CommandOf<'access-lost'>,
  { actor, position, roomKind }: Context,
): Plan<Planned> {
  const { subjectId, reason } = command;
  const { sequence, createdAtMs: atMs } = position;
  const about = { actor, roomKind, afterSequence: sequence - 1, atMs };
  const ended = yield* planEndOfMembership(command, about);
  if (ended.kind === 'rejected') return nothing(ended);
  const { effects } = ended;
  if (ended.kind === 'unlogged') return { outcome: { kind: 'unlogged' }, effects };
  const { username } = ended;
  const event = { ...position, kind: 'access-lost', userId: subjectId, username, reason } as const;
  return { outcome: { kind: 'stored', event }, effects };
}
