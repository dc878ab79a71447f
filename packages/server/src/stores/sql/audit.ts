/** The audit log: operations of the audit store. */
import {
  type AuditEntry,
  type AuditQuery,
  type Recorded,
  type Renamed,
  SERVER,
  type ShownEntry,
} from '../../model/audit.ts';
import {
  appendEntries,
  ENTRY_COLUMNS,
  type EntryRow,
  lockChain,
  sumRepeatedActs,
  toEntry,
} from './audit-chain.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

type ShownRow = EntryRow & {
  readonly actor_name: string | null;
  readonly target_name: string | null;
  readonly room_name: string | null;
  readonly renamed: string | null;
};

/** Of the id of a room, with which the detail of an act in a room begins. */
const ID_LENGTH = 36;
const ENTRIES = `SELECT ${ENTRY_COLUMNS} FROM audit_entries e`;

function* listAudit({ actor, action, before, limit }: AuditQuery): Operation<ShownEntry[]> {
  // A statement for each choice of filters: each has its index.
  const filters = [
    ...(actor === undefined ? [] : [{ column: 'actor', value: actor }]),
    ...(action === undefined ? [] : [{ column: 'action', value: action }]),
  ];
  const isFound = filters.map(({ column }, index) => `AND e.${column} = $${index + 3}`).join(' ');
  // Not joined: PostgreSQL plans for a tenth of all entries, and would read all users.
  const nameOf = (column: string) => `(SELECT u.username FROM users u WHERE u.id = e.${column})`;
  // Names of private rooms are for their members.
  const roomNameOf = (id: string) =>
    `(SELECT r.name FROM rooms r WHERE r.id = ${id} AND r.visibility = 'public')`;
  const workspaceName = '(SELECT s.name FROM workspaces s WHERE s.id = e.target)';
  const rows = yield* all<ShownRow>(
    `SELECT ${ENTRY_COLUMNS}, ${nameOf('actor')} AS actor_name, coalesce(${nameOf('target')}, ${roomNameOf('e.target')}, ${workspaceName}) AS target_name,
       ${roomNameOf(`substr(e.detail, 1, ${ID_LENGTH})`)} AS room_name, e.renamed
     FROM audit_entries e WHERE e.id < $1 ${isFound} ORDER BY e.id DESC LIMIT $2`,
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
    ...filters.map(({ value }) => value),
  );
  return rows.map((row) => ({
    ...toEntry(row),
    actorName: row.actor_name ?? undefined,
    targetName: row.target_name ?? undefined,
    roomName: row.room_name ?? undefined,
    renamed: toRenamed(row.renamed),
  }));
}

function toRenamed(names: string | null): Renamed | undefined {
  if (names === null) return undefined;
  const [from, to] = JSON.parse(names) as readonly [string, string];
  return { from, to };
}

function* readAuditChain(afterId: number, limit: number): Operation<AuditEntry[]> {
  const sql = `${ENTRIES} WHERE e.id > $1 ORDER BY e.id LIMIT $2`;
  return (yield* all<EntryRow>(sql, afterId, limit)).map(toEntry);
}

function* findPrune(): Operation<AuditEntry | undefined> {
  const sql = `${ENTRIES} WHERE e.action = 'audit.prune' ORDER BY e.id DESC LIMIT 1`;
  const row = yield* one<EntryRow>(sql);
  return row && toEntry(row);
}

function* noteAct(act: Recorded): Operation<void> {
  yield* appendEntries([act]);
}

function* pruneAudit({
  beforeMs,
  entriesMax,
  nowMs: atMs,
}: {
  readonly beforeMs: number;
  readonly entriesMax: number;
  readonly nowMs: number;
}): Operation<number> {
  // First: another node may delete the same entries.
  yield* lockChain();
  const old = 'SELECT o.id, o.created_at, o.digest FROM audit_entries o ORDER BY o.id LIMIT $1';
  const rows = yield* all<Pick<EntryRow, 'id' | 'created_at' | 'digest'>>(old, entriesMax);
  // Times never decrease along the chain.
  const last = rows.findLast(({ created_at: createdAtMs }) => createdAtMs < beforeMs);
  if (last === undefined) return 0;
  const anchor = { action: 'audit.prune', target: String(last.id), detail: last.digest } as const;
  // Before the deletion: the chain goes on from its last entry.
  yield* appendEntries([{ actor: SERVER, address: '', atMs, ...anchor }]);
  return yield* run('DELETE FROM audit_entries WHERE id <= $1', last.id);
}

export const AUDIT = {
  reads: { listAudit, readAuditChain, findPrune },
  writes: {},
  transactions: { noteAct, sumRepeatedActs, pruneAudit },
} satisfies Feature;
