/**
 * Plans the commands of a room in their order, and collects what they write to its log, batch by
 * batch. Nothing is stored here: if the log has another end by then, the commands are decided again.
 */
import { fileIdsOf, LIMITS, type MessageId, pollOf } from '@parley/protocol';
import type { Recorded } from '../../model/audit.ts';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import { detailOf, targetOf, toDetail } from '../../model/log-entry.ts';
import { type Reaction, TOMBSTONE } from '../../model/message.ts';
import type { MessageVersion } from '../../model/message-version.ts';
import { newMessage } from '../../model/new-message.ts';
import { nextPosition } from '../../model/next-position.ts';
import { messageBytes } from '../../model/page-bytes.ts';
import {
  decideLater,
  type Effect,
  type Facts,
  outcomeOfRepeated,
  planCommand,
} from '../../model/plan-command.ts';
import type { LogPosition } from '../../model/room-event.ts';
import type {
  LogBatch,
  LoggedKey,
  LoggedMessage,
  LogRecord,
  LogTail,
  MessageLog,
  ReactionChange,
} from '../../ports/message-log.ts';
import type { CommandFacts, LoggedRoom } from '../../ports/relational-store.ts';

/** All commands of a room except the end of a membership, which relational data decides. */
export type Plannable = Exclude<LogCommand, { readonly kind: 'access-lost' }>;

interface PlannedCommand {
  readonly command: Plannable;
  readonly facts: CommandFacts;
}

interface BatchPlan {
  /** Results of the next commands. */
  readonly outcomes: readonly CommitOutcome[];
  readonly batch: LogBatch;
  /** Users who come with the messages of the batch. */
  readonly admissions: readonly Admitting[];
}

type Admitting = Extract<Effect, { readonly kind: 'admission' }>;

/** Maximum bytes of the messages in a batch; a batch has at least one event. */
const BATCH_BYTES_MAX = 256 * 1024;
/**
 * Users of a reaction kept with the message: more than are listed, so that the list is rarely
 * refilled.
 */
const REACTION_USERS_KEPT = 2 * LIMITS.reactionUsersListed;

/** Plans the batches of a room's commands. Each batch begins where the one before it has ended. */
export class BatchPlanner {
  readonly #log: MessageLog;
  readonly #room: LoggedRoom;
  readonly #waiting: PlannedCommand[];
  #from: LogTail;
  #sequence = 0;
  #ordinal = 0;
  #lastEventAtMs = 0;
  #bytes = 0;
  /** Messages and keys that were read, and those of all batches so far. */
  #messages = new Map<MessageId, LoggedMessage>();
  readonly #keys = new Map<string, LoggedKey>();
  #changed = new Set<MessageId>();
  #newKeys: LoggedKey[] = [];
  #records: LogRecord[] = [];
  #admissions: Admitting[] = [];
  #reactions = new Map<string, ReactionChange>();
  /** Of all batches so far. */
  readonly #placedFiles = new Set<string>();

  /** Reads the keys and messages that the commands refer to. */
  static async load(
    log: MessageLog,
    about: { readonly room: LoggedRoom; readonly tail: LogTail },
    planned: readonly PlannedCommand[],
  ): Promise<BatchPlanner> {
    const planner = new BatchPlanner(log, about, planned);
    await planner.#load(planned.map(({ command }) => command));
    return planner;
  }

  private constructor(
    log: MessageLog,
    { room, tail }: { readonly room: LoggedRoom; readonly tail: LogTail },
    planned: readonly PlannedCommand[],
  ) {
    this.#log = log;
    this.#room = room;
    this.#from = tail;
    this.#waiting = [...planned];
  }

  /** Decides commands until a batch is full. @param from The end of the log. */
  async next(from: LogTail): Promise<BatchPlan> {
    this.#begin(from);
    const outcomes: CommitOutcome[] = [];
    for (const each of this.#waiting) {
      if (this.#isFull) break;
      outcomes.push(await this.#add(each));
    }
    this.#waiting.splice(0, outcomes.length);
    return { outcomes, batch: this.#batch, admissions: this.#admissions };
  }

  #begin(from: LogTail): void {
    this.#from = from;
    this.#sequence = from.sequence;
    this.#ordinal = from.ordinal;
    this.#lastEventAtMs = from.sequence === 0 ? this.#room.createdAtMs : from.lastEventAtMs;
    this.#bytes = 0;
    this.#changed = new Set();
    this.#newKeys = [];
    this.#records = [];
    this.#admissions = [];
    this.#reactions = new Map();
  }

  async #load(commands: readonly Plannable[]): Promise<void> {
    const { roomId } = this.#room;
    const names = commands.flatMap((command) => keyName(command) ?? []);
    if (names.length > 0) {
      for (const [name, key] of await this.#log.findKeys(roomId, names, this.#from))
        this.#keys.set(name, key);
    }
    const ids = commands.flatMap((command) =>
      command.kind === 'message' ? (command.parentId ?? []) : command.messageId,
    );
    if (ids.length === 0) return;
    this.#messages = new Map(await this.#log.findMessages(roomId, [...new Set(ids)]));
    const parents = [...this.#messages.values()].flatMap(({ reply }) => reply?.parentId ?? []);
    const missing = parents.filter((id) => !this.#messages.has(id));
    if (missing.length === 0) return;
    const found = await this.#log.findMessages(roomId, missing);
    for (const [id, message] of found) this.#messages.set(id, message);
  }

  get #isFull(): boolean {
    return this.#records.length >= this.#from.capacity || this.#bytes >= BATCH_BYTES_MAX;
  }

  get #batch(): LogBatch {
    return {
      roomId: this.#room.roomId,
      from: this.#from,
      records: this.#records,
      messages: [...this.#changed].flatMap((id) => this.#messages.get(id) ?? []),
      reactions: [...this.#reactions.values()],
      keys: this.#newKeys,
    };
  }

  async #add({ command, facts }: PlannedCommand): Promise<CommitOutcome> {
    const { epoch } = this.#room;
    const name = keyName(command);
    const repeated = name === undefined ? undefined : this.#keys.get(name);
    if (repeated !== undefined) return outcomeOfRepeated(command, repeated, epoch);
    const [sequence, ordinal, lastEventAtMs] = [this.#sequence, this.#ordinal, this.#lastEventAtMs];
    const position = nextPosition({ epoch, sequence, ordinal, lastEventAtMs }, command);
    const plan = planCommand(command, { room: this.#room, actor: facts.actor, position });
    const { outcome, effects } = await decideLater(plan, this.#factsOf(facts));
    if (outcome.kind !== 'stored') return outcome;
    const former = this.#messages.get(command.messageId);
    for (const effect of effects) await this.#apply(effect);
    const audit = effects.find((effect) => effect.kind === 'audit');
    this.#sequence = position.sequence;
    this.#ordinal = position.ordinal;
    this.#lastEventAtMs = position.createdAtMs;
    this.#addRecord(command, position, { facts, former, recorded: audit?.recorded });
    if (name !== undefined) this.#addKey(name, command, position);
    return outcome;
  }

  /** Of the log with the batches so far. */
  #factsOf({ isBlocked, freeFileIds }: CommandFacts): Facts {
    return {
      isClosed: () => isBlocked,
      findMessage: (id) => {
        const found = this.#messages.get(id);
        if (found === undefined) return undefined;
        return { ...found, parentId: found.reply?.parentId, poll: pollOf(found.attachments) };
      },
      latestReplyNumber: (parentId) => this.#latestReplyNumber(parentId),
      readReactions: async ({ messageId, emojis, userId }, { sequence: messageSequence }) => {
        const reactions = this.#messages.get(messageId)?.reactions ?? [];
        const own = new Set<string>();
        for (const { emoji } of reactions.filter((each) => emojis.includes(each.emoji))) {
          if (await this.#hasReaction({ messageSequence, emoji, userId })) own.add(emoji);
        }
        return { counts: new Map(reactions.map(({ emoji, count }) => [emoji, count])), own };
      },
      // Relational data decides about memberships.
      findSubject: () => undefined,
      areFilesFree: ({ fileIds }) =>
        fileIds.every((id) => freeFileIds.includes(id) && !this.#placedFiles.has(id)),
    };
  }

  #addRecord(
    command: Plannable,
    { epoch, ...position }: LogPosition,
    about: {
      readonly facts: CommandFacts;
      /** The message of a change, as it was. */
      readonly former: LoggedMessage | undefined;
      readonly recorded: Recorded | undefined;
    },
  ): void {
    const { facts, former, recorded } = about;
    const { kind } = command;
    const messageSequence = this.#messages.get(command.messageId)?.sequence;
    let mentioned: LogRecord['mentioned'];
    if (kind === 'message' || kind === 'edit') {
      const admitted = command.admits?.flatMap(({ userId, as }) => (as === 'member' ? userId : []));
      const named = new Set([...facts.mentionedIds, ...(admitted ?? [])]);
      mentioned = command.mentions.everyone ? 'everyone' : [...named];
    } else if (kind === 'deletion') mentioned = [];
    const keepsMentions = kind === 'edit' && command.keepsMentions === true;
    const targetId = targetOf(command);
    const detail = recorded === undefined ? detailOf(command) : toDetail(recorded);
    const record = { ...position, kind, targetId, detail, messageSequence, mentioned };
    const fileIds = kind === 'message' ? fileIdsOf(command.attachments) : [];
    const isReplaced =
      kind === 'edit' && former !== undefined && former.content !== command.content;
    this.#records.push({
      ...record,
      ...(keepsMentions && { keepsMentions }),
      ...(fileIds.length > 0 && { fileIds }),
      ...(isReplaced && { replaced: versionOf(former) }),
    });
  }

  #addKey(name: string, { messageId, fingerprint }: Plannable, position: LogPosition): void {
    const { sequence, createdAtMs } = position;
    const key = { name, fingerprint, messageId, sequence, createdAtMs };
    this.#keys.set(name, key);
    this.#newKeys.push(key);
  }

  async #latestReplyNumber(parentId: MessageId): Promise<number> {
    const [latest] = await this.#log.readMessages({
      ...{ roomId: this.#room.roomId, parentId, above: 0, below: Number.MAX_SAFE_INTEGER },
      ...{ order: 'newest-first', limit: 1 },
    });
    const planned = [...this.#messages.values()].map(({ reply }) => reply);
    const numbers = [latest?.reply, ...planned].flatMap((reply) =>
      reply?.parentId === parentId ? [reply.number] : [],
    );
    return Math.max(0, ...numbers);
  }

  async #apply(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'admission':
        this.#admissions.push(effect);
        break;
      case 'files':
        for (const id of effect.fileIds) this.#placedFiles.add(id);
        break;
      case 'message': {
        const { command, position, reply } = effect;
        const message = newMessage(command, { ...position, sender: '', reply });
        const { sender: _, ...logged } = message;
        this.#set(logged);
        break;
      }
      case 'reply-count':
        this.#change(effect.messageId, { replyCount: effect.replyCount });
        break;
      case 'edit': {
        const { command, editedAtMs } = effect;
        this.#change(command.messageId, { content: command.content, editedAtMs });
        break;
      }
      case 'deletion':
        this.#change(effect.messageId, TOMBSTONE);
        break;
      case 'flag':
        this.#change(effect.messageId, { [effect.flag]: effect.value });
        break;
      case 'reaction':
        await this.#changeReaction(effect);
        break;
      case 'reply':
        // Noted with the other effects of the record.
        break;
      case 'audit':
        // The entry is written with the other effects of the record, which contains it.
        break;
      case 'ban':
      case 'membership-end':
        throw new Error('Relational data decides about memberships');
      default:
        effect satisfies never;
    }
  }

  #change(id: MessageId, changed: Partial<LoggedMessage>): void {
    const former = this.#messages.get(id);
    if (former !== undefined) this.#set({ ...former, ...changed });
  }

  async #changeReaction(change: Extract<Effect, { readonly kind: 'reaction' }>): Promise<void> {
    const { messageId, messageSequence, emoji, userId, sequence } = change;
    const isAdded = sequence !== undefined;
    const all = this.#messages.get(messageId)?.reactions ?? [];
    const former = all.find((reaction) => reaction.emoji === emoji);
    let { count, userIds } = former ?? { count: 0, userIds: [] };
    const key = JSON.stringify([messageSequence, emoji, userId]);
    this.#reactions.set(key, { messageSequence, emoji, userId, sequence });
    const isComplete = userIds.length === count;
    count += isAdded ? 1 : -1;
    if (!isAdded) userIds = userIds.filter((id) => id !== userId);
    else if (isComplete && count <= REACTION_USERS_KEPT) userIds = [...userIds, userId];
    if (userIds.length < Math.min(count, LIMITS.reactionUsersListed)) {
      userIds = await this.#listUsers(messageSequence, emoji);
    }
    this.#change(messageId, { reactions: withReaction(all, { emoji, count, userIds }) });
  }

  async #hasReaction(change: Omit<ReactionChange, 'sequence'>): Promise<boolean> {
    const { messageSequence, emoji, userId } = change;
    const inBatch = this.#reactions.get(JSON.stringify([messageSequence, emoji, userId]));
    if (inBatch !== undefined) return inBatch.sequence !== undefined;
    return this.#log.hasReaction(this.#room.roomId, change);
  }

  /** Users of a reaction with the changes of this batch. */
  async #listUsers(messageSequence: number, emoji: string): Promise<Reaction['userIds']> {
    const changes = [...this.#reactions.values()].filter(
      (change) => change.messageSequence === messageSequence && change.emoji === emoji,
    );
    const limit = REACTION_USERS_KEPT + changes.length;
    const about = { messageSequence, emoji };
    const stored = await this.#log.listReactionUsers(this.#room.roomId, about, limit);
    const userIds = new Set(stored);
    for (const { userId, sequence } of changes) {
      userIds.delete(userId);
      // If more are stored than were read, the added user comes after those.
      if (sequence !== undefined && stored.length < limit) userIds.add(userId);
    }
    return [...userIds].slice(0, REACTION_USERS_KEPT);
  }

  #set(message: LoggedMessage): void {
    this.#messages.set(message.id, message);
    if (!this.#changed.has(message.id)) this.#bytes += messageBytes({ ...message, sender: '' });
    this.#changed.add(message.id);
  }
}

/** Name of a command's idempotency key in its room. */
function keyName({ userId, clientMessageId }: LogCommand): string | undefined {
  return clientMessageId === undefined ? undefined : `${userId} ${clientMessageId.toWellFormed()}`;
}

function versionOf({ content, createdAtMs, editedAtMs }: LoggedMessage): MessageVersion {
  return { content, writtenAtMs: editedAtMs ?? createdAtMs };
}

function withReaction(reactions: readonly Reaction[], changed: Reaction): Reaction[] {
  const others = reactions.filter(({ emoji }) => emoji !== changed.emoji);
  const all = changed.count === 0 ? others : [...others, changed];
  return all.sort((one, other) => (one.emoji < other.emoji ? -1 : 1));
}
