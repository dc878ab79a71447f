import { type Mentions, type MessageId, mentionNames, type UserId } from '@parley/protocol';
import {
  type Decision,
  decideChange,
  decideEndOfMembership,
  type MessageChange,
  mayAddReaction,
} from '../../model/authorize-command.ts';
import { type CommitOutcome, rejected } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { ReplyPosition } from '../../model/message.ts';
import type { LogPosition } from '../../model/room-event.ts';
import type { RoleHolder } from '../../model/room-policy.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { toMessage } from './messages.ts';
import type { StoredMessage, StoredRoom, Tables } from './tables.ts';
import { noteReadStep } from './unread.ts';

/** The member who gives the command. */
export interface Actor extends RoleHolder {
  readonly userId: UserId;
}

export interface Context {
  readonly actor: Actor;
  readonly position: LogPosition;
}

/** Checks before it writes: a rejected command changes nothing. */
export function applyCommand(
  tables: Tables,
  stored: StoredRoom,
  command: LogCommand,
  context: Context,
): CommitOutcome {
  if (command.kind !== 'deletion' && isClosed(tables, stored)) return rejected('FORBIDDEN');
  switch (command.kind) {
    case 'message':
      return addMessage(tables, stored, command, context);
    case 'edit':
      return editMessage(tables, stored, command, context);
    case 'deletion':
      return deleteMessage(stored, command, context);
    case 'reaction-added':
    case 'reaction-removed':
      return changeReaction(stored, command, context);
    case 'pin':
    case 'unpin':
      return changePin(stored, command, context);
    case 'access-lost':
      return endMembership(tables, stored, command, context);
    default:
      return command satisfies never;
  }
}

/** Whether one of the two users of a direct room has blocked the other. */
function isClosed({ accountsById }: Tables, { room, members }: StoredRoom): boolean {
  if (room.kind !== 'direct') return false;
  const people = [...members.keys()];
  return people.some((one) =>
    people.some((other) => accountsById.get(one)?.blocked.has(other) === true),
  );
}

function addMessage(
  tables: Tables,
  stored: StoredRoom,
  command: CommandOf<'message'>,
  { position }: Context,
): CommitOutcome {
  const { messageId, roomId, userId, content, clientMessageId, parentId, attachments } = command;
  const { sequence, ordinal, createdAtMs } = position;
  let reply: ReplyPosition | undefined;
  if (parentId !== undefined) {
    reply = addReply(stored, parentId);
    if (reply === undefined) return rejected('NOT_FOUND', 'parentMessageId');
  }
  const message: StoredMessage = {
    id: messageId,
    roomId,
    userId,
    content,
    createdAtMs,
    sequence,
    clientMessageId,
    editedAtMs: undefined,
    isDeleted: false,
    isPinned: false,
    reactions: new Map(),
    attachments,
    replyCount: 0,
    reply,
  };
  stored.messages.set(messageId, message);
  stored.messageIds.push(messageId);
  writeMentions(tables, stored, command, sequence);
  const sender = stored.members.get(userId);
  if (sender !== undefined) {
    // The author has read the earlier messages by now.
    const hasRead = sender.read.ordinal >= ordinal - 1;
    if (!hasRead) noteReadStep(stored, sender, { sequence, readAtMs: createdAtMs });
    sender.read = { sequence, ordinal };
    sender.readAtMs = createdAtMs;
  }
  return {
    kind: 'stored',
    event: { ...position, kind: 'message', message: toMessage(tables, message) },
  };
}

function addReply({ messages }: StoredRoom, repliedToId: MessageId): ReplyPosition | undefined {
  const repliedTo = messages.get(repliedToId);
  if (repliedTo === undefined) return undefined;
  const parentId = repliedTo.reply?.parentId ?? repliedToId;
  const parent = messages.get(parentId);
  if (parent === undefined) {
    // The thread continues after retention has deleted its first message.
    const thread = [...messages.values()].filter(({ reply }) => reply?.parentId === parentId);
    return { parentId, number: Math.max(...thread.map(({ reply }) => reply?.number ?? 0)) + 1 };
  }
  const number = parent.replyCount + 1;
  messages.set(parentId, { ...parent, replyCount: number });
  return { parentId, number };
}

function editMessage(
  tables: Tables,
  stored: StoredRoom,
  command: CommandOf<'edit'>,
  context: Context,
): CommitOutcome {
  const { messageId, content } = command;
  const decision = decide(stored, command, context);
  if (decision.kind === 'rejected') return decision;
  const { position } = context;
  const target = decision.value;
  const editedAtMs = position.createdAtMs;
  stored.messages.set(messageId, { ...target, content, editedAtMs });
  stored.mentions.delete(target.sequence);
  writeMentions(tables, stored, command, target.sequence);
  return { kind: 'stored', event: { ...position, kind: 'edit', messageId, content, editedAtMs } };
}

function deleteMessage(
  stored: StoredRoom,
  command: CommandOf<'deletion'>,
  context: Context,
): CommitOutcome {
  const { messageId } = command;
  const decision = decide(stored, command, context);
  if (decision.kind === 'rejected') return decision;
  const { position } = context;
  const target = decision.value;
  stored.messages.set(messageId, {
    ...target,
    content: '',
    editedAtMs: undefined,
    isDeleted: true,
    isPinned: false,
    reactions: new Map(),
    attachments: [],
  });
  stored.mentions.delete(target.sequence);
  return { kind: 'stored', event: { ...position, kind: 'deletion', messageId } };
}

function changeReaction(
  stored: StoredRoom,
  command: CommandOf<'reaction-added' | 'reaction-removed'>,
  context: Context,
): CommitOutcome {
  const { kind, messageId, emoji, userId } = command;
  const decision = decide(stored, command, context);
  if (decision.kind === 'rejected') return decision;
  const { position } = context;
  const target = decision.value;
  const people = new Set(target.reactions.get(emoji));
  const reactions = new Map(target.reactions);
  if (kind === 'reaction-added') {
    if (!mayAddReaction(emoji, [...reactions.keys()])) return rejected('CONFLICT', 'emoji');
    people.add(userId);
  } else {
    people.delete(userId);
  }
  if (people.size === 0) reactions.delete(emoji);
  else reactions.set(emoji, people);
  stored.messages.set(messageId, { ...target, reactions });
  return { kind: 'stored', event: { ...position, kind, messageId, emoji, count: people.size } };
}

function changePin(
  stored: StoredRoom,
  command: CommandOf<'pin' | 'unpin'>,
  context: Context,
): CommitOutcome {
  const { kind, messageId } = command;
  const decision = decide(stored, command, context);
  if (decision.kind === 'rejected') return decision;
  const { position } = context;
  const target = decision.value;
  stored.messages.set(messageId, { ...target, isPinned: kind === 'pin' });
  return { kind: 'stored', event: { ...position, kind, messageId } };
}

function endMembership(
  tables: Tables,
  stored: StoredRoom,
  command: CommandOf<'access-lost'>,
  { actor, position }: Context,
): CommitOutcome {
  const { subjectId, reason } = command;
  const user = tables.accountsById.get(subjectId)?.user;
  const subject = user && { user, roomRole: stored.members.get(subjectId)?.role };
  const decision = decideEndOfMembership(command, subject, actor, stored.room.kind);
  if (decision.kind === 'rejected') return decision;
  const { roomRole } = decision.value;
  if (reason === 'banned') {
    stored.banned.add(subjectId);
    if (roomRole === undefined) return { kind: 'unlogged' };
  }
  stored.members.delete(subjectId);
  const { roomId, userId: actorId } = command;
  const { createdAtMs, sequence } = position;
  const change = { roomId, userId: subjectId, kind: reason, actorId } as const;
  stored.membershipChanges.push({ ...change, afterSequence: sequence - 1, createdAtMs });
  if (roomRole === 'owner') appointOwner(tables, stored);
  const { username } = decision.value.user;
  const event = { ...position, kind: 'access-lost', userId: subjectId, username, reason } as const;
  return { kind: 'stored', event };
}

function decide(
  { room, messages }: StoredRoom,
  command: MessageChange,
  { actor }: Context,
): Decision<StoredMessage> {
  return decideChange(command, messages.get(command.messageId), actor, room.kind);
}

/** Makes the longest-standing member the owner of a room without an owner. */
function appointOwner({ externalUsers }: Tables, { members }: StoredRoom): void {
  const all = [...members];
  if (all.some(([, { role }]) => role === 'owner')) return;
  const own = new Set<UserId>();
  for (const [key, { id }] of externalUsers) {
    if (JSON.parse(key)[0] === OWN_ISSUER) own.add(id);
  }
  const [longest] = all
    .filter(([userId]) => !own.has(userId))
    .sort(
      ([id, { joinedAtMs }], [otherId, other]) =>
        joinedAtMs - other.joinedAtMs || (id < otherId ? -1 : 1),
    );
  if (longest !== undefined) longest[1].role = 'owner';
}

function writeMentions(
  { accounts }: Tables,
  stored: StoredRoom,
  command: Pick<LogCommand, 'userId'> & { readonly mentions: Mentions },
  sequence: number,
): void {
  const { everyone, names } = command.mentions;
  // A mention of everyone includes the named users.
  if (everyone) stored.mentions.set(sequence, 'everyone');
  if (everyone || names.length === 0) return;
  const ids = names.flatMap((name) => {
    const named = mentionNames(name)
      .map((each) => accounts.get(each))
      .find((each) => each !== undefined && stored.members.has(each.user.id));
    return named === undefined || named.blocked.has(command.userId) ? [] : [named.user.id];
  });
  const members = new Set<UserId>(ids);
  if (members.size > 0) stored.mentions.set(sequence, members);
}
