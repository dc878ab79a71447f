/**
 * Operations that the threads run, by name: the writer runs all waiting calls in one transaction, a
 * reader in one snapshot.
 */
import { ACCOUNTS } from '../sql/accounts.ts';
import { AUDIT } from '../sql/audit.ts';
import { FILES } from '../sql/files.ts';
import { INVITATIONS } from '../sql/invitations.ts';
import { INVITES } from '../sql/invites.ts';
import { LOG } from '../sql/log.ts';
import { RELATIONS } from '../sql/relations.ts';
import { REMOVALS } from '../sql/removals.ts';
import { REPORT_OPERATIONS } from '../sql/reports.ts';
import { RETENTION } from '../sql/retention.ts';
import { ROOMS } from '../sql/rooms.ts';
import { SEARCH } from '../sql/search.ts';
import { SESSIONS } from '../sql/sessions.ts';
import { UNREAD } from '../sql/unread.ts';
import { WORKSPACES } from '../sql/workspaces.ts';
import { commitText } from './commit-codec.ts';
import type { Database } from './database.ts';
import * as log from './log.ts';
import { historyText } from './page-codec.ts';
import * as probe from './probe.ts';
import { inSqlite, writesOf } from './run-now.ts';

export const WRITES = Object.freeze({
  ...writesOf(ACCOUNTS),
  ...writesOf(SESSIONS),
  ...writesOf(ROOMS),
  ...writesOf(UNREAD),
  ...writesOf(WORKSPACES),
  ...writesOf(RETENTION),
  ...writesOf(RELATIONS),
  ...writesOf(INVITATIONS),
  ...writesOf(INVITES),
  ...writesOf(AUDIT),
  ...writesOf(FILES),
  ...writesOf(REMOVALS),
  ...writesOf(REPORT_OPERATIONS),
  ...writesOf(SEARCH),
  writeProbe: probe.writeProbe,
  commit: commitText,
});

const roomReads = inSqlite(ROOMS.reads);

export const READS = Object.freeze({
  ...inSqlite(ACCOUNTS.reads),
  ...inSqlite(SESSIONS.reads),
  ...inSqlite(LOG.reads),
  ...inSqlite(LOG.snapshots),
  ...roomReads,
  ...inSqlite(UNREAD.reads),
  ...inSqlite(WORKSPACES.reads),
  ...inSqlite(RETENTION.reads),
  ...inSqlite(RELATIONS.reads),
  // When many users open a room at once, equal changes are read only once.
  listMembershipChanges: ((database, args) =>
    database.once(JSON.stringify(['changes', ...args]), () =>
      roomReads.listMembershipChanges(database, args),
    )) satisfies typeof roomReads.listMembershipChanges,
  ...inSqlite(INVITATIONS.reads),
  ...inSqlite(INVITES.reads),
  ...inSqlite(AUDIT.reads),
  ...inSqlite(FILES.reads),
  ...inSqlite(REPORT_OPERATIONS.reads),
  ...inSqlite(SEARCH.reads),
  readHistory: historyText,
  readRoom: log.readRoom,
  readProbe: probe.readProbe,
});

// The argument's type is each operation's own; a table of them needs the common form.
// biome-ignore lint/suspicious/noExplicitAny: `unknown` would refuse every operation, `never` every call.
export type Operations = Readonly<Record<string, (database: Database, argument: any) => unknown>>;

export type ArgumentOf<O extends Operations, K extends keyof O> = Parameters<O[K]>[1];
export type ResultOf<O extends Operations, K extends keyof O> = ReturnType<O[K]>;
