/** Reads the facts by which commands are decided, and writes their effects to the tables. */
import { type Mentions, mentionNames, type UserId } from '@parley/protocol';
import type { LogCommand } from '../../model/log-command.ts';
import type { Effect, Facts } from '../../model/plan-command.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import type { StoredMessage, StoredRoom, Tables } from './tables.ts';
import { noteReadStep } from './unread.ts';

export function factsOf(tables: Tables, stored: StoredRoom): Facts {
  const { messages } = stored;
  return {
    isClosed: () => isClosed(tables, stored),
    findMessage(id) {
      const found = messages.get(id);
      return found && { ...found, parentId: found.reply?.parentId };
    },
    latestReplyNumber(parentId) {
      const replies = [...messages.values()].filter(({ reply }) => reply?.parentId === parentId);
      return Math.max(0, ...replies.map(({ reply }) => reply?.number ?? 0));
    },
    readReactions({ messageId, emoji, userId }) {
      const reactions = messages.get(messageId)?.reactions ?? new Map();
      const people = reactions.get(emoji);
      return {
        emojis: [...reactions.keys()],
        count: people?.size ?? 0,
        isPresent: people?.has(userId) === true,
      };
    },
    findSubject(userId) {
      const username = tables.accountsById.get(userId)?.user.username;
      if (username === undefined) return undefined;
      return { username, roomRole: stored.members.get(userId)?.role };
    },
  };
}

/** Whether one of the two users of a direct room has blocked the other. */
function isClosed({ accountsById }: Tables, { room, members }: StoredRoom): boolean {
  if (room.kind !== 'direct') return false;
  const people = [...members.keys()];
  return people.some((one) =>
    people.some((other) => accountsById.get(one)?.blocked.has(other) === true),
  );
}

/** Before the event of the command is an entry of the log. */
export function applyEffect(tables: Tables, stored: StoredRoom, effect: Effect): void {
  const { messages } = stored;
  const change = (id: StoredMessage['id'], changed: Partial<StoredMessage>): void => {
    const former = messages.get(id);
    if (former !== undefined) messages.set(id, { ...former, ...changed });
  };
  switch (effect.kind) {
    case 'message':
      addMessage(tables, stored, effect);
      break;
    case 'reply-count':
      change(effect.messageId, { replyCount: effect.replyCount });
      break;
    case 'edit': {
      const { command, messageSequence, editedAtMs } = effect;
      change(command.messageId, { content: command.content, editedAtMs });
      stored.mentions.delete(messageSequence);
      writeMentions(tables, stored, command, messageSequence);
      break;
    }
    case 'deletion':
      change(effect.messageId, {
        content: '',
        editedAtMs: undefined,
        isDeleted: true,
        isPinned: false,
        reactions: new Map(),
        attachments: [],
      });
      stored.mentions.delete(effect.messageSequence);
      break;
    case 'pin':
      change(effect.messageId, { isPinned: effect.isPinned });
      break;
    case 'reaction': {
      const { messageId, emoji, userId, sequence } = effect;
      const reactions = new Map(messages.get(messageId)?.reactions);
      const people = new Set(reactions.get(emoji));
      if (sequence === undefined) people.delete(userId);
      else people.add(userId);
      if (people.size === 0) reactions.delete(emoji);
      else reactions.set(emoji, people);
      change(messageId, { reactions });
      break;
    }
    case 'ban':
      stored.banned.add(effect.subjectId);
      break;
    case 'membership-end': {
      const { command, wasOwner, afterSequence, atMs: createdAtMs } = effect;
      const { roomId, subjectId: userId, userId: actorId, reason: kind } = command;
      stored.members.delete(userId);
      stored.membershipChanges.push({ roomId, userId, kind, actorId, afterSequence, createdAtMs });
      if (wasOwner) appointOwner(tables, stored);
      break;
    }
    default:
      effect satisfies never;
  }
}

function addMessage(
  tables: Tables,
  stored: StoredRoom,
  { command, position, reply }: Extract<Effect, { readonly kind: 'message' }>,
): void {
  const { messageId, roomId, userId, content, clientMessageId, attachments } = command;
  const { sequence, ordinal, createdAtMs } = position;
  stored.messages.set(messageId, {
    ...{ id: messageId, roomId, userId, content, createdAtMs, sequence, clientMessageId },
    ...{ editedAtMs: undefined, isDeleted: false, isPinned: false, attachments },
    ...{ reactions: new Map(), replyCount: 0, reply },
  });
  stored.messageIds.push(messageId);
  writeMentions(tables, stored, command, sequence);
  const sender = stored.members.get(userId);
  if (sender === undefined) return;
  // The author has read the earlier messages by now.
  const hasRead = sender.read.ordinal >= ordinal - 1;
  if (!hasRead) noteReadStep(stored, sender, { sequence, readAtMs: createdAtMs });
  sender.read = { sequence, ordinal };
  sender.readAtMs = createdAtMs;
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
