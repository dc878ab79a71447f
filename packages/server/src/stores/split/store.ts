/**
 * A store of two parts: logs without joins, and relational data. Calls that read or change both are
 * split; the comments say in which order, and why.
 */

import type { RoomId, UserId } from '@parley/protocol';
import { CONVERSATION_MESSAGES_READ } from '../../model/invitation.ts';
import type { ListedRoom } from '../../model/listed-room.ts';
import type { MarkedRead, ReadPosition } from '../../model/read-receipt.ts';
import type { SearchLanguage } from '../../model/stems.ts';
import type { MemberUnread } from '../../model/unread.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { InvitationStore } from '../../ports/invitation-store.ts';
import type { MessageLog } from '../../ports/message-log.ts';
import type { LoggedRoom, RelationalStore } from '../../ports/relational-store.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { type Store, StoreUnusable } from '../../ports/store.ts';
import type { WorkspaceStore } from '../../ports/workspace-store.ts';
import { LogCommitter } from './commit.ts';
import { indexOlder } from './index-older.ts';
import { LogReader } from './log-reader.ts';

/** How often losses of access are finished that another node has left. */
const LOSSES_INTERVAL_MS = 2000;
/** Log reads of one call that run at once. */
const CONCURRENCY = 16;

export interface SplitStoreOptions {
  /** Called when losses of access cannot be finished; they are tried again. */
  readonly onFailure: (error: unknown) => void;
  /** Of the stems of indexed texts; none by default. */
  readonly searchLanguages?: readonly SearchLanguage[];
}

export async function storesOver(
  log: MessageLog,
  relational: RelationalStore,
  { onFailure, searchLanguages = [] }: SplitStoreOptions,
): Promise<Store> {
  if (!(await relational.relations.bindLog(log.id))) {
    throw new StoreUnusable(
      `The database belongs to other messages than those in ${log.description}. Use 'parley export' and 'parley import' to move all data.`,
    );
  }
  const reader = new LogReader(log, relational.relations);
  const committer = new LogCommitter(log, relational, searchLanguages);
  await committer.finishLosses();
  let finishing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    finishing = committer.finishLosses().catch(onFailure);
  }, LOSSES_INTERVAL_MS);
  timer.unref();
  const running = new Set<Promise<unknown>>();
  return {
    ...relational,
    invitations: invitationStore(relational, reader),
    rooms: roomStore({ log, relational, reader, committer }),
    workspaces: workspaceStore(relational, reader),
    search: {
      ...relational.search,
      readMessagesAt: (positions) => reader.readMessagesAt(positions),
      // New messages are indexed with their other effects.
      indexMessages: async (limit, languages, newOnly = false) => {
        if (!newOnly) return indexOlder({ log, relational, reader }, limit, languages);
        return (await relational.relations.readUnindexed()) === undefined ? 'none' : 'older';
      },
    },
    log: eventLog({ log, relational, reader, committer }, running),
    get weakenedBy() {
      return [...relational.weakenedBy, ...log.weakenedBy];
    },
    description: `${relational.description}, messages in ${log.description}`,
    close: async () => {
      clearInterval(timer);
      await Promise.allSettled([finishing, ...running]);
      await log.close();
      await relational.close();
    },
  };
}

/** In one read of messages of which only the ids are needed: it reads the texts, too. */
const WHOLE_MESSAGES_MAX = 100;

interface Parts {
  readonly log: MessageLog;
  readonly relational: RelationalStore;
  readonly reader: LogReader;
  readonly committer: LogCommitter;
}

function eventLog(parts: Parts, running: Set<Promise<unknown>>): EventLog {
  const { log, relational, reader, committer } = parts;
  const { relations } = relational;
  return {
    doNodesCollide: true,
    commit: async (commands) => {
      const commit = committer.commit(commands);
      running.add(commit);
      try {
        return await commit;
      } finally {
        running.delete(commit);
      }
    },
    readHistory: (page) => reader.readHistory(page),
    readRoom: (read) => reader.readRoom(read),
    readHeads: (roomIds) => reader.readHeads(roomIds),
    readMovedHeads: (known) => relational.log.readMovedHeads(known),
    readMessage: (roomId, messageId) => reader.readMessage(roomId, messageId),
    readVersions: (...message) => relational.log.readVersions(...message),
    readLatest: (roomIds) => reader.readLatest(roomIds),
    readEvents: (roomId, after, limit) => reader.readEvents(roomId, after, limit),
    listMessagesOf: async (userId, { roomId, after, limit: limitMax }) => {
      const limit = Math.min(limitMax, WHOLE_MESSAGES_MAX);
      const { messages, hasMore } = await reader.readHistory({
        ...{ roomId, before: undefined, after, limit },
      });
      const own = messages.filter((each) => each.userId === userId && !each.isDeleted);
      const next = hasMore ? messages.at(-1)?.sequence : undefined;
      return { messageIds: own.map(({ id }) => id), next };
    },
    findRoomOfMessage: (messageId) => log.findRoomOfMessage(messageId),
    listLogStarts: async (page) => {
      const rooms = await relations.listLoggedRooms(page);
      return inSteps(rooms, async (room) => {
        const { roomId, firstSequence, head } = room;
        // Also the last one that should be deleted: it is left if the deletion has failed.
        const after = Math.max(0, firstSequence - 2);
        const range = { after, upTo: head.sequence, limit: 1 };
        const [record] = await log.readRecords(roomId, range);
        return { roomId, oldestAtMs: record?.createdAtMs };
      });
    },
    deleteMessagesOlderThan: async (roomId, { beforeMs, eventsMax }) => {
      const room = await reader.findRoom(roomId);
      if (room === undefined) return { events: 0, messages: 0, hasMore: false };
      const { firstSequence, prunedOrdinal } = room;
      // The last event is deleted last: an earlier deletion has failed if it is there.
      if ((await reader.findRecord(roomId, firstSequence - 1)) !== undefined) {
        const from = Math.max(1, firstSequence - eventsMax);
        await log.deleteRange(roomId, { from, upTo: firstSequence - 1 });
      }
      const last = await findLastBefore(parts, room, { beforeMs, eventsMax });
      if (last === undefined) return { events: 0, messages: 0, hasMore: false };
      // Recorded first: what is deleted is then below what readers ask for.
      await relations.recordStart(roomId, last);
      await log.deleteRange(roomId, { from: firstSequence, upTo: last.sequence });
      const events = last.sequence - firstSequence + 1;
      const messages = last.ordinal - prunedOrdinal;
      return { events, messages, hasMore: events === eventsMax };
    },
    // They are part of their message, and deleted with it.
    deleteLeftoverReactions: async () => false,
    probe: async () => {
      await Promise.all([log.probe(), relational.log.probe()]);
    },
  };
}

/** The last of the oldest events that are older than a time. Times never decrease within a room. */
async function findLastBefore(
  { log }: Parts,
  { roomId, firstSequence, head }: LoggedRoom,
  cut: { readonly beforeMs: number; readonly eventsMax: number },
): Promise<ReadPosition | undefined> {
  const upTo = Math.min(head.sequence, firstSequence - 1 + cut.eventsMax);
  let found: ReadPosition | undefined;
  let after = firstSequence - 1;
  while (after < upTo) {
    const records = await log.readRecords(roomId, { after, upTo, limit: 500 });
    const last = records.findLast(({ createdAtMs }) => createdAtMs < cut.beforeMs);
    if (last !== undefined) found = { sequence: last.sequence, ordinal: last.ordinal };
    if (last === undefined || last !== records.at(-1)) break;
    after = last.sequence;
  }
  return found;
}

function roomStore({ log, relational, reader, committer }: Parts): RoomStore {
  const { rooms } = relational;
  return {
    ...rooms,
    addMember: async (roomId, ...member) => {
      // The event of an earlier loss of access must not follow the new membership.
      await committer.finishLosses(roomId);
      return rooms.addMember(roomId, ...member);
    },
    giveRole: async (roomId, ...change) => {
      await committer.finishLosses(roomId);
      return rooms.giveRole(roomId, ...change);
    },
    listVisibleRooms: async (userId, page) => {
      const { rooms: found, hasMore } = await rooms.listVisibleRooms(userId, page);
      return { rooms: await withFirstUnread(relational, reader, found), hasMore };
    },
    listRoomsOf: async (...page) =>
      withFirstUnread(relational, reader, await rooms.listRoomsOf(...page)),
    listConversationsOf: async (...page) =>
      withFirstUnread(relational, reader, await rooms.listConversationsOf(...page)),
    readUnread: async (roomId, userIds) => {
      const { headSequence, members } = await rooms.readUnread(roomId, userIds);
      return { headSequence, members: await withFirstOf(relational, reader, { roomId, members }) };
    },
    markRead: (roomId, userId, mark) =>
      markRead({ relational, reader }, { roomId, userId, ...mark }),
    deleteUnusedRoom: async (roomId) => {
      const room = await reader.findRoom(roomId);
      if (room?.kind !== 'room' || room.hasSettings || room.head.ordinal > 0) return false;
      // Closed first: no message is acknowledged in a room that is about to be deleted.
      return (await log.closeUnused(roomId)) && rooms.deleteUnusedRoom(roomId);
    },
    deleteRoom: async (roomId, rowsMax) => {
      const room = await reader.findRoom(roomId);
      if (room !== undefined) await log.deleteLog(roomId, room.head.sequence);
      return rooms.deleteRoom(roomId, rowsMax);
    },
  };
}

/** Whether two users have talked is in the log of their direct room. */
function invitationStore(
  { invitations, rooms }: RelationalStore,
  reader: LogReader,
): InvitationStore {
  const findAuthors = async (roomId: RoomId): Promise<ReadonlySet<UserId>> => {
    const limit = CONVERSATION_MESSAGES_READ;
    const page = { roomId, before: undefined, after: undefined, limit };
    const { messages } = await reader.readHistory(page);
    return new Set(messages.map(({ userId }) => userId));
  };
  return {
    ...invitations,
    listHiddenInDirectRooms: async (roomIds, asksByDefault) => {
      const silent = await invitations.listHiddenInDirectRooms(roomIds, asksByDefault);
      const hidden = await inSteps([...silent], async ([roomId, userIds]) => {
        const authors = await findAuthors(roomId);
        return [roomId, new Set([...userIds].filter((id) => !authors.has(id)))] as const;
      });
      return new Map(hidden);
    },
    findStanding: async (userId, otherId, directKey, roomId) => {
      const standing = await invitations.findStanding(userId, otherId, directKey, roomId);
      if (standing.isKnown) return standing;
      const key = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey: directKey } as const;
      const direct = await rooms.findRoom(key, userId);
      if (direct === undefined) return standing;
      const authors = await findAuthors(direct.room.id);
      return { ...standing, isKnown: authors.size === 2, hasWritten: authors.has(userId) };
    },
  };
}

function workspaceStore(
  { workspaces, ...rest }: RelationalStore,
  reader: LogReader,
): WorkspaceStore {
  const relational = { workspaces, ...rest };
  return {
    ...workspaces,
    listChannels: async (...page) =>
      withFirstUnread(relational, reader, await workspaces.listChannels(...page)),
    findChannel: async (roomId, userId) => {
      const channel = await workspaces.findChannel(roomId, userId);
      if (channel === undefined) return undefined;
      return (await withFirstUnread(relational, reader, [channel]))[0];
    },
  };
}

/** The position is that of an event of the log, so it is found there first. */
async function markRead(
  { relational: { relations }, reader }: Pick<Parts, 'relational' | 'reader'>,
  mark: {
    readonly roomId: RoomId;
    readonly userId: UserId;
    readonly sequence: number;
    readonly atMs: number;
  },
): Promise<MarkedRead | undefined> {
  const { roomId, userId, atMs } = mark;
  const room = await reader.findRoom(roomId);
  if (room === undefined) return undefined;
  const { head, firstSequence, prunedOrdinal } = room;
  const sequence = Math.min(mark.sequence, head.sequence);
  const messageId = await reader.findLatestAt(room, sequence);
  const isPruned = sequence < firstSequence;
  const record = isPruned ? undefined : await reader.findRecord(roomId, sequence);
  const to = { sequence, ordinal: record?.ordinal ?? prunedOrdinal };
  const moved = await relations.moveReadPosition({ roomId, userId, to, messageId, atMs });
  if (moved === undefined) return undefined;
  const { position } = moved;
  if (position.sequence === sequence) return { ...moved, messageId };
  return { ...moved, messageId: await reader.findLatestAt(room, position.sequence) };
}

/** Adds the first unread message, which only the log knows. */
async function withFirstUnread<Listed extends ListedRoom>(
  { relations }: Pick<RelationalStore, 'relations'>,
  reader: LogReader,
  listed: readonly Listed[],
): Promise<Listed[]> {
  const unread = listed.filter(({ membership }) => (membership?.unread.unreadCount ?? 0) > 0);
  if (unread.length === 0) return [...listed];
  const rooms = await relations.readLoggedRooms(unread.map(({ room }) => room.id));
  const byId = new Map(rooms.map((room) => [room.roomId, room]));
  return inSteps(listed, async (each) => {
    const { membership } = each;
    const room = byId.get(each.room.id);
    if (room === undefined || membership === undefined) return each;
    if (membership.unread.unreadCount === 0) return each;
    const firstSequence = await reader.findNext(room, membership.read.sequence);
    return {
      ...each,
      membership: { ...membership, unread: { ...membership.unread, firstSequence } },
    };
  });
}

async function withFirstOf(
  { relations }: Pick<RelationalStore, 'relations'>,
  reader: LogReader,
  { roomId, members }: { readonly roomId: RoomId; readonly members: readonly MemberUnread[] },
): Promise<MemberUnread[]> {
  const behind = members.filter(({ unread }) => unread.unreadCount > 0);
  const room = behind.length === 0 ? undefined : await reader.findRoom(roomId);
  if (room === undefined) return [...members];
  const positions = await relations.readPositions(
    roomId,
    behind.map(({ userId }) => userId),
  );
  const firsts = new Map<number, Promise<number | undefined>>();
  return Promise.all(
    members.map(async ({ userId, unread }) => {
      const position = positions.get(userId);
      if (position === undefined || unread.unreadCount === 0) return { userId, unread };
      const first = firsts.get(position) ?? reader.findNext(room, position);
      firsts.set(position, first);
      return { userId, unread: { ...unread, firstSequence: await first } };
    }),
  );
}

/** Maps items in order, a limited number at once. */
async function inSteps<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(from, from + CONCURRENCY).map(map))));
  }
  return results;
}
