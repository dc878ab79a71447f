/** Logs of rooms in memory, for tests: no data survives the process. */
import { randomUUID } from 'node:crypto';
import type { RoomId, UserId } from '@parley/protocol';
import type {
  LogBatch,
  LoggedKey,
  LoggedMessage,
  LogRecord,
  LogTail,
  MessageLog,
  MessageRange,
} from '../../src/ports/message-log.ts';

/** Small, so that tests reach the end of what a batch may append. */
const CAPACITY = 40;

interface StoredLog {
  tail: LogTail;
  readonly records: Map<number, LogRecord>;
  readonly messages: Map<number, LoggedMessage>;
  readonly keys: Map<string, LoggedKey>;
  /** By message, emoji and user; the sequence of the event. */
  readonly reactions: Map<string, { readonly userId: UserId; readonly sequence: number }>;
}

export function openMemoryMessageLog(): MessageLog {
  const logs = new Map<RoomId, StoredLog>();
  const open = (roomId: RoomId): StoredLog => {
    const log = logs.get(roomId) ?? emptyLog();
    logs.set(roomId, log);
    return log;
  };
  return {
    id: randomUUID(),
    description: 'memory: nothing survives the process',
    weakenedBy: [],
    async readTail(roomId) {
      return open(roomId).tail;
    },
    async append(batch) {
      const log = open(batch.roomId);
      if (log.tail.isClosed || log.tail.sequence !== batch.from.sequence) return 'conflict';
      appendTo(log, batch);
      return { tail: log.tail, findable: Promise.resolve() };
    },
    async findKeys(roomId, names) {
      const { keys } = open(roomId);
      return new Map(names.flatMap((name) => entryOf(name, keys.get(name))));
    },
    async findMessages(roomId, ids) {
      const found = [...open(roomId).messages.values()].filter(({ id }) => ids.includes(id));
      return new Map(found.map((message) => [message.id, message]));
    },
    async findRoomOfMessage(messageId) {
      for (const [roomId, { messages }] of logs) {
        if ([...messages.values()].some(({ id }) => id === messageId)) return roomId;
      }
      return undefined;
    },
    async hasReaction(roomId, reaction) {
      return open(roomId).reactions.has(reactionKey(reaction));
    },
    async listReactionUsers(roomId, { messageSequence, emoji }, limit) {
      const prefix = `${messageSequence} ${emoji} `;
      return [...open(roomId).reactions]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([, one], [, other]) => one.sequence - other.sequence)
        .slice(0, limit)
        .map(([, { userId }]) => userId);
    },
    async readRecords(roomId, { after, upTo, limit }) {
      return [...open(roomId).records.values()]
        .filter(({ sequence }) => sequence > after && sequence <= upTo)
        .slice(0, limit);
    },
    async readMessages(range) {
      return select([...open(range.roomId).messages.values()], range);
    },
    async readMessagesAt(roomId, sequences) {
      const { messages } = open(roomId);
      return sequences.flatMap((sequence) => messages.get(sequence) ?? []);
    },
    async deleteRange(roomId, { upTo }) {
      const { records, messages } = open(roomId);
      for (const rows of [records, messages]) {
        for (const key of [...rows.keys()]) if (key <= upTo) rows.delete(key);
      }
    },
    async closeUnused(roomId) {
      const log = open(roomId);
      if (log.tail.ordinal === 0) log.tail = { ...log.tail, isClosed: true };
      return log.tail.isClosed;
    },
    async deleteLog(roomId) {
      const log = open(roomId);
      logs.set(roomId, { ...emptyLog(), tail: { ...log.tail, isClosed: true } });
    },
    async probe() {},
    async close() {},
  };
}

function emptyLog(): StoredLog {
  return {
    tail: { sequence: 0, ordinal: 0, lastEventAtMs: 0, capacity: CAPACITY, isClosed: false },
    records: new Map(),
    messages: new Map(),
    keys: new Map(),
    reactions: new Map(),
  };
}

function appendTo(log: StoredLog, { records, messages, reactions, keys }: LogBatch): void {
  for (const { replaced: _, ...record } of records) log.records.set(record.sequence, record);
  for (const message of messages) log.messages.set(message.sequence, message);
  for (const key of keys) log.keys.set(key.name, key);
  for (const reaction of reactions) {
    const { userId, sequence } = reaction;
    if (sequence === undefined) log.reactions.delete(reactionKey(reaction));
    else log.reactions.set(reactionKey(reaction), { userId, sequence });
  }
  const last = records.at(-1);
  if (last === undefined) return;
  const { sequence, ordinal, createdAtMs: lastEventAtMs } = last;
  const capacity = CAPACITY - (sequence % CAPACITY);
  log.tail = { sequence, ordinal, lastEventAtMs, capacity, isClosed: false };
}

function select(messages: readonly LoggedMessage[], range: MessageRange): LoggedMessage[] {
  const { parentId, isPinned, above, below, order, limit } = range;
  const wanted = messages
    .filter(({ sequence }) => sequence > above && sequence < below)
    .filter(({ reply }) => parentId === undefined || reply?.parentId === parentId)
    .filter((message) => isPinned === undefined || message.isPinned)
    .sort((one, other) => one.sequence - other.sequence);
  if (order === 'newest-first') wanted.reverse();
  return wanted.slice(0, limit);
}

function reactionKey(reaction: {
  readonly messageSequence: number;
  readonly emoji: string;
  readonly userId: UserId;
}): string {
  return `${reaction.messageSequence} ${reaction.emoji} ${reaction.userId}`;
}

function entryOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]];
}
