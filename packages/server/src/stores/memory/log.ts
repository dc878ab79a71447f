import type { MessageId, RoomId } from '@parley/protocol';
import { hydrateEvent } from '../../model/hydrate-event.ts';
import type { LogEntry } from '../../model/log-entry.ts';
import type { Message } from '../../model/message.ts';
import { findMovedHeads } from '../../model/moved-heads.ts';
import { countFitting, eventBytes, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { LogHead, RoomEvent } from '../../model/room-event.ts';
import { canCatchUp } from '../../model/room-state.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { commitOne } from './commit.ts';
import { countUpTo, epochOf, headOrdinalOf, headSequenceOf } from './log-index.ts';
import { toMessage } from './messages.ts';
import { deleteMessagesOlderThan } from './retention.ts';
import type { StoredRoom, Tables } from './tables.ts';

export function memoryEventLog(tables: Tables): EventLog {
  const { rooms } = tables;
  const messageOf = (stored: StoredRoom, id: MessageId): Message => {
    const message = stored.messages.get(id);
    if (message === undefined) throw new Error('The log names a message that is not there');
    return toMessage(tables, message);
  };
  const eventOf = (stored: StoredRoom, entry: LogEntry): RoomEvent => {
    if (entry.kind !== 'access-lost') {
      const id = entry.targetId as MessageId; // All other entries are about a message.
      if (entry.kind !== 'message' && !stored.messages.has(id)) {
        return hydrateEvent(entry, { kind: 'gone' });
      }
      return hydrateEvent(entry, { kind: 'message', message: messageOf(stored, id) });
    }
    const account = [...tables.accountsById].find(([id]) => id === entry.targetId)?.[1];
    return hydrateEvent(entry, { kind: 'person', username: account?.user.username ?? '' });
  };
  const messagesBetween = (stored: StoredRoom, above: number, below: number): Message[] =>
    stored.messageIds
      .slice(countUpTo(stored, above), countUpTo(stored, below - 1))
      .map((id) => messageOf(stored, id));
  const readHeads: EventLog['readHeads'] = async (roomIds) =>
    roomIds.flatMap((roomId) => {
      const stored = rooms.get(roomId);
      return stored === undefined ? [] : [{ roomId, head: headOf(tables, stored) }];
    });

  return {
    async commit(commands) {
      return commands.map((command) => commitOne(tables, command));
    },
    async readHistory({ roomId, parentId, isPinned, before, after, limit }) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return { messages: [], hasMore: false };
      // Threads and pins are scanned completely, a room only as far as the page needs.
      const isWanted = (message: Message): boolean =>
        (parentId === undefined || message.reply?.parentId === parentId) &&
        (isPinned === undefined || message.isPinned);
      const head = headSequenceOf(stored);
      const isWhole = parentId === undefined && isPinned === undefined;
      const width = isWhole ? limit + 1 : Number.POSITIVE_INFINITY;
      if (after !== undefined) {
        const from = countUpTo(stored, after);
        const newer = stored.messageIds
          .slice(from, from + width)
          .map((id) => messageOf(stored, id))
          .filter(isWanted);
        return cutPage(newer, limit);
      }
      const until = countUpTo(stored, Math.min(before ?? head + 1, head + 1) - 1);
      const older = stored.messageIds
        .slice(Math.max(0, until - width), until)
        .map((id) => messageOf(stored, id))
        .filter(isWanted);
      const { messages, hasMore } = cutPage(older.reverse(), limit);
      return { messages: messages.reverse(), hasMore };
    },
    async readMessage(roomId, messageId) {
      const stored = rooms.get(roomId);
      return stored?.messages.has(messageId) ? messageOf(stored, messageId) : undefined;
    },
    async readLatest(roomIds) {
      const latest = new Map<RoomId, Message>();
      for (const roomId of roomIds) {
        const stored = rooms.get(roomId);
        const id = stored?.messageIds.at(-1);
        if (stored !== undefined && id !== undefined) latest.set(roomId, messageOf(stored, id));
      }
      return latest;
    },
    async findRoomOfMessage(messageId) {
      return [...rooms].find(([, { messages }]) => messages.has(messageId))?.[0];
    },
    async readRoom({ roomId, userId, position, historyCount, catchUpMax, bytesMax }) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return undefined;
      const head = headOf(tables, stored);
      const about = { head, isMember: stored.members.has(userId) };
      const log = {
        headSequence: head.sequence,
        firstSequence: stored.firstSequence,
        epoch: head.epoch,
        idAtPosition: position && messageIdAt(stored, position.lastSequence),
      };
      if (position !== undefined && canCatchUp(position, log, catchUpMax)) {
        const { lastSequence } = position;
        const missed = messagesBetween(stored, lastSequence, head.sequence + 1);
        const changes = stored.entries
          .slice(lastSequence + 1 - stored.firstSequence)
          .filter((entry) => isAboutOlder(stored, entry, lastSequence))
          .map((entry) => eventOf(stored, entry));
        const bytes = sumOf(missed, messageBytes) + sumOf(changes, eventBytes);
        if (bytes <= bytesMax) {
          return { ...about, truncated: false, history: missed, events: changes };
        }
      }
      const newest = historyCount === 0 ? [] : stored.messageIds.slice(-historyCount);
      const history = newest.reverse().map((id) => messageOf(stored, id));
      history.length = countFitting(history, bytesMax, messageBytes);
      return {
        ...about,
        truncated: position !== undefined,
        history: history.reverse(),
        events: [],
      };
    },
    readHeads,
    readMovedHeads: async (known) =>
      findMovedHeads(known, await readHeads(known.map(({ roomId }) => roomId))),
    async readEvents(roomId, after, limit) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return { head: undefined, firstSequence: 1, events: [] };
      const { firstSequence, entries } = stored;
      const from = Math.max(0, after + 1 - firstSequence);
      const events = entries.slice(from, from + limit).map((entry) => eventOf(stored, entry));
      const count = countFitting(events, PAGE_BYTES_MAX, eventBytes);
      const head = { sequence: headSequenceOf(stored), epoch: epochOf(tables, stored) };
      return { head, firstSequence, events: events.slice(0, count) };
    },
    async listLogStarts({ after, limit }) {
      return [...rooms]
        .filter(([roomId]) => roomId > (after ?? ''))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([roomId, { entries }]) => ({ roomId, oldestAtMs: entries[0]?.createdAtMs }));
    },
    async deleteMessagesOlderThan(roomId, cut) {
      const stored = rooms.get(roomId);
      return stored === undefined
        ? { events: 0, messages: 0, hasMore: false }
        : deleteMessagesOlderThan(stored, cut);
    },
    // A deletion deletes them at once.
    deleteLeftoverReactions: async () => false,
    async probe() {},
  };
}

/** Cuts a page from messages in reading order, of which there may be one more than the limit. */
function cutPage(messages: Message[], limit: number): { messages: Message[]; hasMore: boolean } {
  const count = countFitting(messages.slice(0, limit), PAGE_BYTES_MAX, messageBytes);
  return { messages: messages.slice(0, count), hasMore: messages.length > count };
}

function sumOf<T>(items: readonly T[], bytesOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + bytesOf(item), 0);
}

export function headOf(tables: Tables, stored: StoredRoom): LogHead {
  return {
    sequence: headSequenceOf(stored),
    ordinal: headOrdinalOf(stored),
    prunedOrdinal: stored.prunedOrdinal,
    firstSequence: stored.firstSequence,
    epoch: epochOf(tables, stored),
    lastActivityAtMs: stored.lastEventAtMs,
  };
}

function messageIdAt(
  { entries, firstSequence }: StoredRoom,
  sequence: number,
): MessageId | undefined {
  const entry = entries[sequence - firstSequence];
  // This kind of entry is about a message.
  return entry?.kind === 'message' ? (entry.targetId as MessageId) : undefined;
}

function isAboutOlder(stored: StoredRoom, entry: LogEntry, position: number): boolean {
  if (entry.kind === 'message') return false;
  const message = stored.messages.get(entry.targetId as MessageId);
  return message === undefined || message.sequence <= position;
}
