/**
 * Reads logs without joins: names of users and the heads of rooms are relational data.
 *
 * The recorded head is read before anything else: acknowledged events are at or below it, and the
 * pages end there.
 */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import { LIMITS } from '@parley/protocol';
import { hydrateEvent } from '../../model/hydrate-event.ts';
import type { EventsPage, HistoryPage } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import { countFitting, eventBytes, messageBytes, PAGE_BYTES_MAX } from '../../model/page-bytes.ts';
import type { LogHead, RoomEvent, RoomLogHead } from '../../model/room-event.ts';
import { canCatchUp, type RoomRead, type RoomState } from '../../model/room-state.ts';
import type {
  LoggedMessage,
  LogRecord,
  MessageLog,
  MessageRange,
} from '../../ports/message-log.ts';
import type { LoggedRoom, LogRelations } from '../../ports/relational-store.ts';

/** Messages read at once: a page ends by its bytes, too. */
const CHUNK = 50;
/** Records read at once; they have no text. */
const RECORDS_MAX = 500;

type Range = Omit<MessageRange, 'limit'> & { readonly limit: number; readonly bytesMax: number };

export class LogReader {
  readonly #log: MessageLog;
  readonly #relations: LogRelations;

  constructor(log: MessageLog, relations: LogRelations) {
    this.#log = log;
    this.#relations = relations;
  }

  async readHistory(page: HistoryPage): Promise<{ messages: Message[]; hasMore: boolean }> {
    const { roomId, parentId, isPinned, before, after, limit } = page;
    const room = await this.findRoom(roomId);
    if (room === undefined) return { messages: [], hasMore: false };
    const isForward = after !== undefined;
    const found = await this.#collect({
      ...boundsOf(room, { above: after, below: isForward ? undefined : before }),
      ...{ roomId, parentId, isPinned, order: isForward ? 'oldest-first' : 'newest-first' },
      // One more shows whether there are more.
      ...{ limit: limit + 1, bytesMax: PAGE_BYTES_MAX },
    });
    const wanted = found.slice(0, limit);
    wanted.length = countFitting(wanted, PAGE_BYTES_MAX, bytesOf);
    const hasMore = found.length > wanted.length;
    if (!isForward) wanted.reverse();
    return { messages: await this.#withSenders(wanted), hasMore };
  }

  async readMessage(roomId: RoomId, messageId: MessageId): Promise<Message | undefined> {
    const [room, found] = await Promise.all([
      this.findRoom(roomId),
      this.#log.findMessages(roomId, [messageId]),
    ]);
    const message = found.get(messageId);
    if (room === undefined || message === undefined) return undefined;
    if (message.sequence < room.firstSequence || message.sequence > room.head.sequence) {
      return undefined;
    }
    return (await this.#withSenders([message]))[0];
  }

  async readLatest(roomIds: readonly RoomId[]): Promise<ReadonlyMap<RoomId, Message>> {
    const rooms = await this.#relations.readLoggedRooms(roomIds);
    const latest = await Promise.all(
      rooms.map(async (room) => {
        if (room.head.ordinal === room.prunedOrdinal) return [];
        const bounds = boundsOf(room, {});
        const { roomId } = room;
        return this.#log.readMessages({ ...bounds, roomId, order: 'newest-first', limit: 1 });
      }),
    );
    const messages = await this.#withSenders(latest.flat());
    return new Map(messages.map((message) => [message.roomId, message]));
  }

  /** Messages at these positions of any rooms; missing ones are omitted. */
  async readMessagesAt(
    positions: readonly { readonly roomId: RoomId; readonly sequence: number }[],
  ): Promise<Message[]> {
    const byRoom = Map.groupBy(positions, ({ roomId }) => roomId);
    const rooms = await this.#relations.readLoggedRooms([...byRoom.keys()]);
    const found = await Promise.all(
      rooms.map((room) =>
        this.#messagesAt(
          room,
          (byRoom.get(room.roomId) ?? []).map(({ sequence }) => sequence),
        ),
      ),
    );
    return found.flatMap((messages) => [...messages.values()]);
  }

  async readHeads(roomIds: readonly RoomId[]): Promise<RoomLogHead[]> {
    const rooms = await this.#relations.readLoggedRooms(roomIds);
    return rooms.map((room) => ({ roomId: room.roomId, head: toHead(room) }));
  }

  async readRoom(read: RoomRead): Promise<RoomState | undefined> {
    const { roomId, userId, position, historyCount, catchUpMax, bytesMax } = read;
    const room = await this.findRoom(roomId);
    if (room === undefined) return undefined;
    const head = toHead(room);
    const { firstSequence } = room;
    // A loss of access that follows this read has its event above the head.
    const isMember = await this.#relations.isMember(roomId, userId);
    const about = { head, isMember };
    const idAtPosition = position && (await this.#messageIdAt(room, position.lastSequence));
    const log = { headSequence: head.sequence, firstSequence, epoch: head.epoch, idAtPosition };
    if (position !== undefined && canCatchUp(position, log, catchUpMax)) {
      const missed = await this.#readMissed(room, { after: position.lastSequence, ...read });
      if (missed !== undefined) return { ...about, truncated: false, ...missed };
    }
    const newest = await this.#collect({
      ...boundsOf(room, {}),
      ...{ roomId, order: 'newest-first', limit: historyCount, bytesMax },
    });
    newest.length = countFitting(newest, bytesMax, bytesOf);
    const history = await this.#withSenders(newest.reverse());
    return { ...about, truncated: position !== undefined, history, events: [] };
  }

  async readEvents(roomId: RoomId, after: number, limit: number): Promise<EventsPage> {
    const room = await this.findRoom(roomId);
    if (room === undefined) return { head: undefined, firstSequence: 1, events: [] };
    const { sequence, epoch } = toHead(room);
    const { firstSequence } = room;
    const events: RoomEvent[] = [];
    let bytes = 0;
    let last = Math.max(after, firstSequence - 1);
    while (events.length < limit && bytes <= PAGE_BYTES_MAX) {
      const range = { after: last, upTo: sequence, limit: Math.min(CHUNK, limit - events.length) };
      const records = await this.#log.readRecords(roomId, range);
      if (records.length === 0) break;
      const chunk = await this.#hydrate(room, records);
      events.push(...chunk);
      bytes += sumOf(chunk, eventBytes);
      last = records.at(-1)?.sequence ?? last;
    }
    events.length = countFitting(events, PAGE_BYTES_MAX, eventBytes);
    return { head: { sequence, epoch }, firstSequence, events };
  }

  /** The first message above a sequence that is not deleted. */
  async findNext(room: LoggedRoom, above: number): Promise<number | undefined> {
    for (let limit = 1, last: number | undefined = above; last !== undefined; limit = CHUNK) {
      const range = { ...boundsOf(room, { above: last }), roomId: room.roomId, limit };
      const messages = await this.#log.readMessages({ ...range, order: 'oldest-first' });
      const next = messages.find(({ isDeleted }) => !isDeleted);
      if (next !== undefined) return next.sequence;
      last = messages.at(-1)?.sequence;
    }
    return undefined;
  }

  /** The latest message at or below a sequence. */
  async findLatestAt(room: LoggedRoom, sequence: number): Promise<MessageId | undefined> {
    const range = { ...boundsOf(room, { below: sequence + 1 }), roomId: room.roomId, limit: 1 };
    const [message] = await this.#log.readMessages({ ...range, order: 'newest-first' });
    return message?.id;
  }

  async findRecord(roomId: RoomId, sequence: number): Promise<LogRecord | undefined> {
    const range = { after: sequence - 1, upTo: sequence, limit: 1 };
    return (await this.#log.readRecords(roomId, range))[0];
  }

  async findRoom(roomId: RoomId): Promise<LoggedRoom | undefined> {
    return (await this.#relations.readLoggedRooms([roomId]))[0];
  }

  /** Undefined if it does not fit. */
  async #readMissed(
    room: LoggedRoom,
    { after, bytesMax }: { readonly after: number; readonly bytesMax: number },
  ): Promise<Pick<RoomState, 'history' | 'events'> | undefined> {
    const { roomId, head } = room;
    const missed = await this.#collect({
      ...boundsOf(room, { above: after }),
      ...{ roomId, order: 'oldest-first', limit: Number.MAX_SAFE_INTEGER, bytesMax },
    });
    let bytes = sumOf(missed, bytesOf);
    const events: RoomEvent[] = [];
    let last = after;
    while (bytes <= bytesMax && last < head.sequence) {
      const range = { after: last, upTo: head.sequence, limit: RECORDS_MAX };
      const records = await this.#log.readRecords(roomId, range);
      if (records.length === 0) break;
      last = records.at(-1)?.sequence ?? head.sequence;
      const changes = records.filter(
        ({ kind, messageSequence = 0 }) => kind !== 'message' && messageSequence <= after,
      );
      const hydrated = await this.#hydrate(room, changes);
      events.push(...hydrated);
      bytes += sumOf(hydrated, eventBytes);
    }
    if (bytes > bytesMax) return undefined;
    return { history: await this.#withSenders(missed), events };
  }

  /** Ends with the first message beyond `bytesMax`, and not before the second. */
  async #collect({ limit, bytesMax, ...range }: Range): Promise<LoggedMessage[]> {
    const found: LoggedMessage[] = [];
    let { above, below } = range;
    let bytes = 0;
    while (found.length < limit && (bytes <= bytesMax || found.length < 2)) {
      const wanted = Math.min(CHUNK, limit - found.length);
      const chunk = await this.#log.readMessages({ ...range, above, below, limit: wanted });
      found.push(...chunk);
      bytes += sumOf(chunk, bytesOf);
      const last = chunk.at(-1);
      if (last === undefined || chunk.length < wanted) break;
      if (range.order === 'oldest-first') above = last.sequence;
      else below = last.sequence;
    }
    return found.map(listed);
  }

  async #hydrate(room: LoggedRoom, records: readonly LogRecord[]): Promise<RoomEvent[]> {
    const sequences = new Set(records.flatMap(({ messageSequence }) => messageSequence ?? []));
    const lost = records.filter(({ kind }) => kind === 'access-lost');
    const [messages, names] = await Promise.all([
      this.#messagesAt(room, [...sequences]),
      // The target of a loss of access is a user.
      this.#relations.readUsernames(lost.map(({ targetId }) => targetId as UserId)),
    ]);
    const { epoch } = room;
    return records.map(({ messageSequence = 0, ...record }) => {
      const entry = { ...record, epoch };
      if (entry.kind === 'access-lost') {
        const username = names.get(entry.targetId as UserId) ?? '';
        return hydrateEvent(entry, { kind: 'person', username });
      }
      const message = messages.get(messageSequence);
      return hydrateEvent(entry, message ? { kind: 'message', message } : { kind: 'gone' });
    });
  }

  async #messagesAt(
    room: LoggedRoom,
    sequences: readonly number[],
  ): Promise<ReadonlyMap<number, Message>> {
    const wanted = sequences.filter((sequence) => sequence >= room.firstSequence);
    if (wanted.length === 0) return new Map();
    const found = await this.#log.readMessagesAt(room.roomId, wanted);
    const messages = await this.#withSenders(found.map(listed));
    return new Map(messages.map((message) => [message.sequence, message]));
  }

  async #messageIdAt(room: LoggedRoom, sequence: number): Promise<MessageId | undefined> {
    if (sequence < room.firstSequence || sequence > room.head.sequence) return undefined;
    const record = await this.findRecord(room.roomId, sequence);
    // This kind of record is about a message.
    return record?.kind === 'message' ? (record.targetId as MessageId) : undefined;
  }

  async #withSenders(messages: readonly LoggedMessage[]): Promise<Message[]> {
    if (messages.length === 0) return [];
    const userIds = [...new Set(messages.map(({ userId }) => userId))];
    const names = await this.#relations.readUsernames(userIds);
    return messages.map((message) => ({
      ...listed(message),
      sender: names.get(message.userId) ?? '',
    }));
  }
}

function toHead({ head, firstSequence, prunedOrdinal, epoch }: LoggedRoom): LogHead {
  const { sequence, ordinal, lastEventAtMs: lastActivityAtMs } = head;
  return { sequence, ordinal, firstSequence, prunedOrdinal, epoch, lastActivityAtMs };
}

function boundsOf(
  { firstSequence, head }: LoggedRoom,
  bounds: { readonly above?: number | undefined; readonly below?: number | undefined },
): { readonly above: number; readonly below: number } {
  return {
    above: Math.max(bounds.above ?? 0, firstSequence - 1),
    below: Math.min(bounds.below ?? Number.MAX_SAFE_INTEGER, head.sequence + 1),
  };
}

/** The message with as many users of each reaction as are listed. */
function listed(message: LoggedMessage): LoggedMessage {
  if (message.reactions.length === 0) return message;
  const reactions = message.reactions.map((reaction) => ({
    ...reaction,
    userIds: reaction.userIds.slice(0, LIMITS.reactionUsersListed),
  }));
  return { ...message, reactions };
}

function bytesOf(message: LoggedMessage): number {
  return messageBytes({ ...message, sender: '' });
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
