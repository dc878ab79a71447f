/** Imports of the history of other chat applications: operations of the store. */
import type {
  ExportFormat,
  HistoryImport,
  ImportEnd,
  ImportReport,
  WantedImport,
} from '../../model/history-import.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

interface ImportRow {
  readonly id: string;
  readonly format: ExportFormat;
  readonly path: string;
  readonly size: number;
  readonly digest: string;
  readonly operator: string;
  readonly state: HistoryImport['state'];
  readonly done: number;
  readonly total: number;
  readonly report: string | null;
  readonly failure: string | null;
  readonly created_at: number;
  readonly changed_at: number;
}

/** A process that has an import. */
interface Attempt {
  readonly id: string;
  readonly holder: string;
}

const COLUMNS =
  'id, format, path, size, digest, operator, state, done, total, report, failure, created_at, changed_at';
/** Among those that have not ended. */
const SAME = `SELECT id FROM imports WHERE due_at IS NOT NULL AND digest = $1 AND path = $2 AND format = $3
  LIMIT 1`;

function toImport(row: ImportRow): HistoryImport {
  const { id, format, path, size, digest, operator, state, done, total } = row;
  return {
    ...{ id, format, path, size, digest, operator, state, done, total },
    // Written by `endImport`.
    report: row.report === null ? undefined : (JSON.parse(row.report) as ImportReport),
    failure: row.failure ?? undefined,
    ...{ createdAtMs: row.created_at, changedAtMs: row.changed_at },
  };
}

function* insertImport(wanted: WantedImport): Operation<string> {
  const { id, format, path, size, digest, operator, createdAtMs } = wanted;
  const same = yield* one<{ readonly id: string }>(SAME, digest, path, format);
  if (same !== undefined) {
    // Its attempts are forgotten, and it need not wait for the next one.
    yield* run(
      `UPDATE imports SET attempts = 0, due_at = CASE state WHEN 'waiting' THEN $2 ELSE due_at END
       WHERE id = $1 AND due_at IS NOT NULL`,
      ...[same.id, createdAtMs],
    );
    return same.id;
  }
  yield* run(
    `INSERT INTO imports (id, format, path, size, digest, operator, state, due_at, attempts, done, total,
       created_at, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, 0, 0, 0, $7, $7)`,
    ...[id, format, path, size, digest, operator, createdAtMs],
  );
  return id;
}

function* findImport(id: string): Operation<HistoryImport | undefined> {
  const row = yield* one<ImportRow>(`SELECT ${COLUMNS} FROM imports WHERE id = $1`, id);
  return row && toImport(row);
}

function* listDueImports(nowMs: number, limit: number): Operation<HistoryImport[]> {
  const rows = yield* all<ImportRow>(
    `SELECT ${COLUMNS} FROM imports WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2`,
    ...[nowMs, limit],
  );
  return rows.map(toImport);
}

function* takeImport(
  id: string,
  {
    holder,
    nowMs,
    dueAtMs,
  }: { readonly holder: string; readonly nowMs: number; readonly dueAtMs: number },
): Operation<number | undefined> {
  const row = yield* one<{ readonly attempts: number }>(
    `UPDATE imports SET state = 'running', holder = $2, due_at = $4, attempts = attempts + 1, changed_at = $3
     WHERE id = $1 AND due_at <= $3 RETURNING attempts`,
    ...[id, holder, nowMs, dueAtMs],
  );
  return row?.attempts;
}

function* saveImport(
  { id, holder }: Attempt,
  progress: {
    readonly done: number;
    readonly total: number;
    readonly nowMs: number;
    readonly dueAtMs: number;
  },
): Operation<boolean> {
  const { done, total, nowMs, dueAtMs } = progress;
  const saved = yield* run(
    'UPDATE imports SET done = $3, total = $4, changed_at = $5, due_at = $6 WHERE id = $1 AND holder = $2',
    ...[id, holder, done, total, nowMs, dueAtMs],
  );
  return saved === 1;
}

function* endImport({ id, holder }: Attempt, end: ImportEnd, nowMs: number): Operation<void> {
  const isWaiting = end.state === 'waiting';
  yield* run(
    `UPDATE imports SET state = $3, holder = NULL, due_at = $4, attempts = attempts - $5, report = $6,
       failure = $7, changed_at = $8, done = CASE $3 WHEN 'done' THEN total ELSE done END
     WHERE id = $1 AND holder = $2`,
    ...[id, holder, end.state, isWaiting ? end.dueAtMs : null],
    ...[
      isWaiting && !end.isCounted ? 1 : 0,
      end.state === 'done' ? JSON.stringify(end.report) : null,
    ],
    ...[(end.state === 'done' ? undefined : end.failure) ?? null, nowMs],
  );
}

export const IMPORTS = {
  reads: { findImport, listDueImports },
  writes: { takeImport, saveImport, endImport },
  transactions: { insertImport },
} satisfies Feature;
