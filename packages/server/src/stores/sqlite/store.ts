/**
 * The SQLite store: one file, one thread that writes, one that reads, one that runs checkpoints. The
 * threads run in this process, or in the primary of several worker processes.
 */
import type { RoomId, WorkspaceId } from '@parley/protocol';
import { LIST_START } from '../../model/page.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { LogRelations, RelationalStore } from '../../ports/relational-store.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { WorkspaceStore } from '../../ports/workspace-store.ts';
import { reportOutage } from '../report-outage.ts';
import { ACCOUNTS } from '../sql/accounts.ts';
import { INVITATIONS } from '../sql/invitations.ts';
import { withNameKeys } from '../sql/name-keys.ts';
import { type Call, storeOf } from '../sql/operation.ts';
import { SESSIONS } from '../sql/sessions.ts';
import { Checkpoints } from './checkpoints.ts';
import { toOutcomes, toText } from './commit-codec.ts';
import { Database } from './database.ts';
import { databaseFile, removeAbandonedCopies } from './database-files.ts';
import { keepReserve, type Writer } from './disk-reserve.ts';
import { migrate, writeGeneration } from './migrate.ts';
import type { READS, WRITES } from './operations.ts';
import { toPage } from './page-codec.ts';
import { SupervisedWorker } from './supervised-worker.ts';

/** Where the store's reads run. */
export type Reader = Pick<SupervisedWorker<typeof READS>, 'call'>;

export interface SqliteStoreOptions {
  readonly directory: string;
  /** `relaxed` may lose the latest writes in a power failure, but not when the process ends. */
  readonly durability: 'full' | 'relaxed';
  /** Milliseconds without an answer after which a thread is replaced. */
  readonly timeoutMs: number;
  /** Free bytes of the disk below which writes are rejected; 0, the default, disables it. */
  readonly reserveBytes?: number;
  /** Called when a thread is lost and replaced. */
  readonly onFailure: (error: unknown) => void;
}

/** Opens the store, migrates its schema and checks its durability. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<RelationalStore> {
  const { writer, reader, ...rest } = await openThreads(options);
  return { ...storesOver(writer, reader), ...rest };
}

/** Starts the threads of a store. */
export async function openThreads(options: SqliteStoreOptions) {
  const { directory, durability, timeoutMs, onFailure } = options;
  const file = databaseFile(directory);
  removeAbandonedCopies(directory);
  const synchronous = durability === 'full' ? 'FULL' : 'NORMAL';
  // The writer comes first: it creates the file and its schema.
  const kept = { timeoutMs, onFailure };
  const start = { file, synchronous } as const;
  const writer = await SupervisedWorker.start<typeof WRITES>({ role: 'writer', ...start }, kept);
  const reader = await SupervisedWorker.start<typeof READS>({ role: 'reader', ...start }, kept);
  const checkpoints = Checkpoints.start(file, { writer, onFailure });
  const reserve = await keepReserve(writer, { directory, bytes: options.reserveBytes ?? 0 });
  return {
    writer: reserve.writer,
    reader,
    weakenedBy: durability === 'full' ? [] : [`synchronous=${synchronous}`],
    description: `SQLite in ${directory}`,
    close: async () => {
      reserve.close();
      await checkpoints.close();
      await reader.close();
      await writer.close();
    },
  };
}

/** The parts of the store over its operations, wherever these run. */
export function storesOver(
  writer: Writer,
  reader: Reader,
): Omit<RelationalStore, 'close' | 'description' | 'weakenedBy'> {
  // The names and arguments are those of `operations.ts`.
  const call: Call = (needs, name, args) =>
    (needs === 'reads' ? reader : writer).call(name as never, args as never);
  return {
    accounts: withNameKeys(storeOf(ACCOUNTS, call)),
    sessions: storeOf(SESSIONS, call),
    rooms: roomStore(writer, reader),
    workspaces: workspaceStore(writer, reader),
    invitations: storeOf(INVITATIONS, call),
    log: logStore(writer, reader),
    relations: logRelations(writer, reader),
  };
}

/** Gives every room's log a new epoch: clients may hold more than the store does. */
export function renewSqliteGeneration(directory: string): void {
  const database = new Database(databaseFile(directory), {});
  try {
    migrate(database);
    writeGeneration(database);
  } finally {
    database.close();
  }
}

/** Migrates the schema without serving clients. */
export function migrateSqlite(
  directory: string,
  migrations?: readonly string[],
): { from: number; to: number } {
  const database = new Database(databaseFile(directory), {});
  try {
    return migrate(database, migrations);
  } finally {
    database.close();
  }
}

function roomStore(writer: Writer, reader: Reader): RoomStore {
  return {
    findRoom: (reference, userId) => reader.call('findRoom', { reference, userId }),
    createRoom: (room, members, nowMs) => writer.call('createRoom', { room, members, nowMs }),
    addMember: (roomId, userId, nowMs, actorId) =>
      writer.call('addMember', { roomId, userId, nowMs, actorId }),
    setTopic: (roomId, topic) => writer.call('setTopic', { roomId, topic }),
    liftBan: (roomId, userId) => writer.call('liftBan', { roomId, userId }),
    listMembers: (roomId, page) => reader.call('listMembers', { roomId, ...page }),
    listMembersOf: (roomIds, limit) => reader.call('listMembersOf', { roomIds, limit }),
    listMemberships: (userId, limit) => reader.call('listMemberships', { userId, limit }),
    listRoomIdsOf: (userIds, limit) => reader.call('listRoomIdsOf', { userIds, limit }),
    listMembershipChanges: (query) => reader.call('listMembershipChanges', query),
    listGroupsCreatedBy: (userId, creatorId, limit) =>
      reader.call('listGroupsCreatedBy', { userId, creatorId, limit }),
    listVisibleRooms: (userId, page) => reader.call('listVisibleRooms', { userId, ...page }),
    listRoomsOf: (userId, limit, after = LIST_START) =>
      reader.call('listRoomsOf', { userId, limit, after }),
    listConversationsOf: (userId, limit, after = LIST_START) =>
      reader.call('listConversationsOf', { userId, limit, after }),
    markRead: (roomId, userId, mark) => writer.call('markRead', { roomId, userId, ...mark }),
    markUnread: (roomId, userId) => writer.call('markUnread', { roomId, userId }),
    setNotificationLevel: (roomId, userId, level) =>
      writer.call('setNotificationLevel', { roomId, userId, level }),
    readUnread: (roomId, userIds) => reader.call('readUnread', { roomId, userIds }),
    listReaders: (roomId, sequence, limit) =>
      reader.call('listReaders', { roomId, sequence, limit }),
    listReadSteps: (roomId, page) => reader.call('listReadSteps', { roomId, ...page }),
    listFirstReads: (points) => reader.call('listFirstReads', { points }),
    listUnusedRooms: (after) => reader.call('listUnusedRooms', { after }),
    deleteUnusedRoom: (roomId) => writer.call('deleteUnusedRoom', { roomId }),
    deleteRoom: (roomId, rowsMax) => writer.call('deleteRoom', { roomId, rowsMax }),
  };
}

function workspaceStore(writer: Writer, reader: Reader): WorkspaceStore {
  return {
    createWorkspace: (workspace, ownerId) => writer.call('createWorkspace', { workspace, ownerId }),
    renameWorkspace: (id, name) => writer.call('renameWorkspace', { id, name }),
    createChannel: (channel, creation) => writer.call('createChannel', { channel, creation }),
    findWorkspace: (id, userId) => reader.call('findWorkspace', { id, userId }),
    listWorkspacesOf: (userId, limit, after = '' as WorkspaceId) =>
      reader.call('listWorkspacesOf', { userId, limit, after }),
    listWorkspaceMembers: (id, page) => reader.call('listWorkspaceMembers', { id, ...page }),
    changeWorkspaceMember: (change) => writer.call('changeWorkspaceMember', change),
    admitToWorkspace: (admission) => writer.call('admitToWorkspace', admission),
    listChannels: (id, userId, limit, after = '' as RoomId) =>
      reader.call('listChannels', { id, userId, limit, after }),
    findChannel: (roomId, userId) => reader.call('findChannel', { roomId, userId }),
    changeChannel: (roomId, change) => writer.call('changeChannel', { roomId, change }),
    listStrayMemberships: (limit) => reader.call('listStrayMemberships', { limit }),
    listStrayMembershipsOf: (userId, workspaceId, limit) =>
      reader.call('listStrayMembershipsOf', { userId, workspaceId, limit }),
  };
}

function logStore(writer: Writer, reader: Reader): EventLog {
  return {
    async commit(commands, onReady) {
      try {
        const text = await writer.thread.callInOrder('commit', toText(commands), onReady);
        return toOutcomes(commands, text);
      } catch (error) {
        return reportOutage(commands, error);
      }
    },
    readHistory: async (page) => toPage(page, await reader.call('readHistory', page)),
    readMessage: (roomId, messageId) => reader.call('readMessage', { roomId, messageId }),
    readLatest: (roomIds) => reader.call('readLatest', { roomIds }),
    findRoomOfMessage: (messageId) => reader.call('findRoomOfMessage', { messageId }),
    readRoom: (read) => reader.call('readRoom', read),
    readHeads: (roomIds) => reader.call('readHeads', { roomIds }),
    readMovedHeads: (known) => reader.call('readMovedHeads', { known }),
    readEvents: (roomId, after, limit) => reader.call('readEvents', { roomId, after, limit }),
    listLogStarts: (page) => reader.call('listLogStarts', page),
    deleteMessagesOlderThan: (roomId, cut) =>
      writer.call('deleteMessagesOlderThan', { roomId, ...cut }),
    deleteLeftoverReactions: (rowsMax) => writer.call('deleteLeftoverReactions', { rowsMax }),
    probe: async () => {
      await Promise.all([
        writer.call('writeProbe', undefined),
        reader.call('readProbe', undefined),
      ]);
    },
  };
}

function logRelations(writer: Writer, reader: Reader): LogRelations {
  return {
    bindLog: (logId) => writer.call('bindLog', { logId }),
    readLoggedRooms: (roomIds) => reader.call('readLoggedRooms', { roomIds }),
    listLoggedRooms: (page) => reader.call('listLoggedRooms', page),
    isMember: (roomId, userId) => reader.call('isMember', { roomId, userId }),
    readPositions: (roomId, userIds) => reader.call('readPositions', { roomId, userIds }),
    readUsernames: (userIds) => reader.call('readUsernames', { userIds }),
    readFacts: (commands) => reader.call('readFacts', { commands }),
    listPendingLosses: (query) => reader.call('listPendingLosses', query),
    endMembership: (command) => writer.call('endMembership', command),
    deletePendingLoss: (id) => writer.call('deletePendingLoss', { id }),
    recordEffects: (effects) => writer.call('recordEffects', { effects }),
    moveReadPosition: (move) => writer.call('moveReadPosition', move),
    recordStart: (roomId, deleted) => writer.call('recordStart', { roomId, deleted }),
  };
}
