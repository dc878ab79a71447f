/**
 * Operations that the threads run, by name: the writer runs all waiting calls in one transaction, a
 * reader in one snapshot.
 */
import { ACCOUNTS } from '../sql/accounts.ts';
import { INVITATIONS } from '../sql/invitations.ts';
import { SESSIONS } from '../sql/sessions.ts';
import { commitText } from './commit-codec.ts';
import type { Database } from './database.ts';
import * as log from './log.ts';
import { historyText } from './page-codec.ts';
import * as probe from './probe.ts';
import * as relations from './relations.ts';
import * as retention from './retention.ts';
import * as rooms from './rooms.ts';
import { inSqlite, writesOf } from './run-now.ts';
import * as unread from './unread.ts';
import * as workspaces from './workspaces.ts';

export const WRITES = Object.freeze({
  ...writesOf(ACCOUNTS),
  ...writesOf(SESSIONS),
  ...writesOf(INVITATIONS),
  createRoom: rooms.createRoom,
  addMember: rooms.addMember,
  setTopic: rooms.setTopic,
  liftBan: rooms.liftBan,
  markRead: unread.markRead,
  markUnread: unread.markUnread,
  setNotificationLevel: unread.setNotificationLevel,
  deleteUnusedRoom: rooms.deleteUnusedRoom,
  deleteRoom: rooms.deleteRoom,
  writeProbe: probe.writeProbe,
  createWorkspace: workspaces.createWorkspace,
  renameWorkspace: workspaces.renameWorkspace,
  createChannel: workspaces.createChannel,
  changeWorkspaceMember: workspaces.changeWorkspaceMember,
  admitToWorkspace: workspaces.admitToWorkspace,
  changeChannel: workspaces.changeChannel,
  commit: commitText,
  deleteMessagesOlderThan: retention.deleteMessagesOlderThan,
  deleteLeftoverReactions: retention.deleteLeftoverReactions,
  bindLog: relations.bindLog,
  endMembership: relations.endMembership,
  deletePendingLoss: relations.deletePendingLoss,
  recordEffects: relations.recordEffects,
  moveReadPosition: relations.moveReadPosition,
  recordStart: relations.recordStart,
});

export const READS = Object.freeze({
  ...inSqlite(ACCOUNTS.reads),
  ...inSqlite(SESSIONS.reads),
  ...inSqlite(INVITATIONS.reads),
  findRoom: rooms.findRoom,
  listMembershipChanges: rooms.listMembershipChanges,
  listGroupsCreatedBy: rooms.listGroupsCreatedBy,
  listVisibleRooms: rooms.listVisibleRooms,
  listRoomsOf: rooms.listRoomsOf,
  listConversationsOf: rooms.listConversationsOf,
  listMembers: rooms.listMembers,
  listMembersOf: rooms.listMembersOf,
  listMemberships: rooms.listMemberships,
  listRoomIdsOf: rooms.listRoomIdsOf,
  listUnusedRooms: rooms.listUnusedRooms,
  readUnread: unread.readUnread,
  listReaders: unread.listReaders,
  listReadSteps: unread.listReadSteps,
  listFirstReads: unread.listFirstReads,
  findWorkspace: workspaces.findWorkspace,
  listWorkspacesOf: workspaces.listWorkspacesOf,
  listWorkspaceMembers: workspaces.listWorkspaceMembers,
  listChannels: workspaces.listChannels,
  findChannel: workspaces.findChannel,
  listStrayMemberships: workspaces.listStrayMemberships,
  listStrayMembershipsOf: workspaces.listStrayMembershipsOf,
  readHistory: historyText,
  readMessage: log.readMessage,
  readLatest: log.readLatest,
  findRoomOfMessage: log.findRoomOfMessage,
  readRoom: log.readRoom,
  readHeads: log.readHeads,
  readMovedHeads: log.readMovedHeads,
  readEvents: log.readEvents,
  listLogStarts: retention.listLogStarts,
  readProbe: probe.readProbe,
  readLoggedRooms: relations.readLoggedRooms,
  listLoggedRooms: relations.listLoggedRooms,
  isMember: relations.isMember,
  readPositions: relations.readPositions,
  readUsernames: relations.readUsernames,
  readFacts: relations.readFacts,
  listPendingLosses: relations.listPendingLosses,
});

// The argument's type is each operation's own; a table of them needs the common form.
// biome-ignore lint/suspicious/noExplicitAny: `unknown` would refuse every operation, `never` every call.
export type Operations = Readonly<Record<string, (database: Database, argument: any) => unknown>>;

export type ArgumentOf<O extends Operations, K extends keyof O> = Parameters<O[K]>[1];
export type ResultOf<O extends Operations, K extends keyof O> = ReturnType<O[K]>;
