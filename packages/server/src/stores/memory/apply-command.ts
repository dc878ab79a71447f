import { LIMITS, type Mentions, type MessageId, type UserId } from '@parley/protocol';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { ReplyPosition } from '../../model/message.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { mayLeave, mayModerate, mayRemove, type RoleHolder } from '../../model/room-policy.ts';
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
  readonly place: LogPosition;
}

type Rejection = Extract<CommitOutcome, { readonly kind: 'rejected' }>;

/** Looks before it writes: a refusal leaves no trace. */
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

/** Whether one of the two people of a direct room has blocked the other. */
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
  { place }: Context,
): CommitOutcome {
  const { messageId, roomId, userId, content, clientMessageId, parentId, attachments } = command;
  const { sequence, ordinal, createdAtMs } = place;
  let reply: ReplyPosition | undefined;
  if (parentId !== undefined) {
    reply = takeReplyPlace(stored, parentId);
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
    // What is before was read by now.
    const hasRead = sender.read.ordinal >= ordinal - 1;
    if (!hasRead) noteReadStep(stored, sender, { sequence, readAtMs: createdAtMs });
    sender.read = { sequence, ordinal };
    sender.readAtMs = createdAtMs;
  }
  return {
    kind: 'stored',
    event: { ...place, kind: 'message', message: toMessage(tables, message) },
  };
}

function takeReplyPlace(
  { messages }: StoredRoom,
  repliedToId: MessageId,
): ReplyPosition | undefined {
  const repliedTo = messages.get(repliedToId);
  if (repliedTo === undefined) return undefined;
  const parentId = repliedTo.reply?.parentId ?? repliedToId;
  const parent = messages.get(parentId);
  if (parent === undefined) {
    // The thread goes on without its first message, which retention has taken.
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
  { place }: Context,
): CommitOutcome {
  const { messageId, content, userId } = command;
  const target = stored.messages.get(messageId);
  if (target === undefined || target.isDeleted) return rejected('NOT_FOUND', 'messageId');
  if (target.userId !== userId) return rejected('FORBIDDEN');
  const editedAtMs = place.createdAtMs;
  stored.messages.set(messageId, { ...target, content, editedAtMs });
  stored.mentions.delete(target.sequence);
  writeMentions(tables, stored, command, target.sequence);
  return { kind: 'stored', event: { ...place, kind: 'edit', messageId, content, editedAtMs } };
}

function deleteMessage(
  stored: StoredRoom,
  { messageId, userId }: CommandOf<'deletion'>,
  { actor, place }: Context,
): CommitOutcome {
  const target = stored.messages.get(messageId);
  if (target === undefined) return rejected('NOT_FOUND', 'messageId');
  if (target.userId !== userId && !mayModerate(actor, stored.room.kind)) {
    return rejected('FORBIDDEN');
  }
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
  return { kind: 'stored', event: { ...place, kind: 'deletion', messageId } };
}

function changeReaction(
  stored: StoredRoom,
  command: CommandOf<'reaction-added' | 'reaction-removed'>,
  { place }: Context,
): CommitOutcome {
  const { kind, messageId, emoji, userId } = command;
  const target = stored.messages.get(messageId);
  if (target === undefined || target.isDeleted) return rejected('NOT_FOUND', 'messageId');
  const people = new Set(target.reactions.get(emoji));
  const reactions = new Map(target.reactions);
  if (kind === 'reaction-added') {
    const isNew = !reactions.has(emoji);
    if (isNew && reactions.size >= LIMITS.reactionsPerMessageMax) {
      return rejected('CONFLICT', 'emoji');
    }
    people.add(userId);
  } else {
    people.delete(userId);
  }
  if (people.size === 0) reactions.delete(emoji);
  else reactions.set(emoji, people);
  stored.messages.set(messageId, { ...target, reactions });
  return { kind: 'stored', event: { ...place, kind, messageId, emoji, count: people.size } };
}

function changePin(
  stored: StoredRoom,
  { kind, messageId }: CommandOf<'pin' | 'unpin'>,
  { place }: Context,
): CommitOutcome {
  const target = stored.messages.get(messageId);
  if (target === undefined || target.isDeleted) return rejected('NOT_FOUND', 'messageId');
  stored.messages.set(messageId, { ...target, isPinned: kind === 'pin' });
  return { kind: 'stored', event: { ...place, kind, messageId } };
}

function endMembership(
  tables: Tables,
  stored: StoredRoom,
  { userId, subjectId, reason }: CommandOf<'access-lost'>,
  { actor, place }: Context,
): CommitOutcome {
  const subject = tables.accountsById.get(subjectId);
  if (subject === undefined) return rejected('NOT_FOUND', 'userId');
  const { kind } = stored.room;
  const subjectRole = stored.members.get(subjectId)?.role;
  const isOwnLeave = subjectId === userId && mayLeave(reason, kind);
  if (!isOwnLeave && !mayRemove(actor, subjectRole ?? 'member', kind)) return rejected('FORBIDDEN');
  if (subjectRole === undefined && reason !== 'banned') return rejected('NOT_FOUND', 'userId');
  if (reason === 'banned') {
    stored.banned.add(subjectId);
    if (subjectRole === undefined) return { kind: 'unlogged' };
  }
  stored.members.delete(subjectId);
  if (subjectRole === 'owner') handOn(tables, stored);
  const { username } = subject.user;
  const event = { ...place, kind: 'access-lost', userId: subjectId, username, reason } as const;
  return { kind: 'stored', event };
}

/** A room that has no owner any more goes to the person who has been its member longest. */
function handOn({ externalUsers }: Tables, { members }: StoredRoom): void {
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
  // Everyone includes those who are named.
  if (everyone) stored.mentions.set(sequence, 'everyone');
  if (everyone || names.length === 0) return;
  const ids = names.flatMap((name) => {
    const named = accounts.get(name);
    return named === undefined || named.blocked.has(command.userId) ? [] : [named.user.id];
  });
  const members = new Set<UserId>(ids.filter((id) => stored.members.has(id)));
  if (members.size > 0) stored.mentions.set(sequence, members);
}

function rejected(code: Rejection['code'], field?: NonNullable<Rejection['field']>): Rejection {
  return field === undefined ? { kind: 'rejected', code } : { kind: 'rejected', code, field };
}
