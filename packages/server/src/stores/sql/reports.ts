/** Reports of users to moderators, and warnings: operations of the report store. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import { mayActOnReport } from '../../model/administration-rules.ts';
import type { By, Recorded } from '../../model/audit.ts';
import type {
  NewReport,
  Report,
  ReportDecision,
  ReportEnd,
  ReportReader,
  Warning,
} from '../../model/report.ts';
import { ROLES } from '../../model/stored-role.ts';
import { audited } from './audit-chain.ts';
import { barOrigins } from './barred-origins.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { noteMessageRemoval } from './removals.ts';
import { setMute } from './rooms.ts';
import { type LockedAccount, lockAccounts, mayActOn, setDisabled } from './sessions.ts';
import { EXPIRED_ROWS_MAX } from './tables.ts';

interface ReportRow {
  readonly id: string;
  readonly reporter_id: UserId;
  readonly user_id: UserId;
  readonly target_id: string;
  readonly reason: string;
  readonly created_at: number;
  readonly message_id: MessageId | null;
  readonly room_id: RoomId | null;
  readonly content: string;
  readonly files: string;
  readonly sent_at: number;
  readonly closed_at: number | null;
  readonly closed_by: UserId | null;
  readonly action: string | null;
}

interface ShownRow extends ReportRow {
  readonly reporter_username: string;
  readonly reporter_name: string;
  readonly user_username: string;
  readonly user_name: string;
  readonly closer_username: string | null;
  readonly closer_name: string | null;
  readonly room_name: string | null;
}

const COLUMNS =
  'p.id, p.reporter_id, p.user_id, p.target_id, p.reason, p.created_at, p.message_id, p.room_id, p.content, p.files, p.sent_at, p.closed_at, p.closed_by, p.action';

// Not joined: PostgreSQL would read all users. Names of private rooms are for their members.
const nameOf = (column: string, name: string) =>
  `(SELECT u.username FROM users u WHERE u.id = p.${column}) AS ${name}_username,
   (SELECT u.display_name FROM users u WHERE u.id = p.${column}) AS ${name}_name`;
const REPORTS = `SELECT ${COLUMNS}, ${nameOf('reporter_id', 'reporter')}, ${nameOf('user_id', 'user')}, ${nameOf('closed_by', 'closer')},
  (SELECT r.name FROM rooms r WHERE r.id = p.room_id AND r.visibility = 'public') AS room_name
  FROM reports p`;

/** `$3` is the id of the reader, and `$4` the roles about which the reader is shown reports. */
const IS_SHOWN = `p.user_id <> $3 AND (SELECT u.role FROM users u WHERE u.id = p.user_id) = ANY($4::text[])`;

/** The node that closes a report deletes its message at once; if it has ended, another node does. */
const CARRIED_OUT_MS = 30_000;
/** Open reports that are counted. */
const COUNTED_MAX = 1000;
/** Warnings of a user that are shown at once. */
const WARNINGS_MAX = 10;

function toReport(row: ShownRow): Report {
  const { id, reason, created_at: atMs, closed_at: closedAtMs } = row;
  const named = (userId: UserId, username: string | null, displayName: string | null) => ({
    ...{ id: userId, username: username ?? '', displayName: displayName ?? '' },
  });
  return {
    ...{ id, reason, atMs },
    reporter: isOfRule(row)
      ? undefined
      : named(row.reporter_id, row.reporter_username, row.reporter_name),
    user: named(row.user_id, row.user_username, row.user_name),
    message: toMessage(row, row.room_name),
    closed:
      closedAtMs === null
        ? undefined
        : {
            action: row.action ?? '',
            by:
              row.closed_by === null
                ? undefined
                : named(row.closed_by, row.closer_username, row.closer_name),
            atMs: closedAtMs,
          },
  };
}

/** Users cannot report themselves. */
function isOfRule(row: ReportRow): boolean {
  return row.reporter_id === row.user_id;
}

function toMessage(row: ReportRow, roomName: string | null): Report['message'] {
  if (row.message_id === null || row.room_id === null) return undefined;
  return {
    ...{ id: row.message_id, roomId: row.room_id, roomName: roomName ?? undefined },
    ...{ content: row.content, sentAtMs: row.sent_at },
    // Written by `insertReport`.
    files: JSON.parse(row.files) as readonly string[],
  };
}

function* insertReport(report: NewReport): Operation<string> {
  const { id, userId, message, reason, atMs } = report;
  const { reporterId = userId } = report;
  const targetId = message?.id ?? userId;
  yield* run(
    `INSERT INTO reports (id, reporter_id, user_id, target_id, reason, created_at, message_id, room_id, content, files, sent_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (target_id, reporter_id) WHERE closed_at IS NULL DO NOTHING`,
    ...[id, reporterId, userId, targetId, reason, atMs, message?.id ?? null],
    ...[message?.roomId ?? null, message?.content ?? '', JSON.stringify(message?.files ?? [])],
    message?.sentAtMs ?? 0,
  );
  const open = yield* one<{ id: string }>(
    'SELECT id FROM reports WHERE target_id = $1 AND reporter_id = $2 AND closed_at IS NULL',
    targetId,
    reporterId,
  );
  // Closed in between: it was reported.
  return open?.id ?? id;
}

function* findReport(id: string): Operation<Report | undefined> {
  const row = yield* one<ShownRow>(`${REPORTS} WHERE p.id = $1`, id);
  return row && toReport(row);
}

function* listReports({
  state,
  after,
  limit,
  reader,
}: {
  readonly state: 'open' | 'closed';
  readonly after: string | undefined;
  readonly limit: number;
  readonly reader?: ReportReader | undefined;
}): Operation<Report[]> {
  const shown = [reader?.id ?? '', reader?.roles ?? ROLES];
  // Ids begin with the time. No id is after '~'.
  const rows =
    state === 'open'
      ? yield* all<ShownRow>(
          `${REPORTS} WHERE p.closed_at IS NULL AND p.id > $1 AND ${IS_SHOWN} ORDER BY p.id LIMIT $2`,
          ...[after ?? '', limit, ...shown],
        )
      : yield* all<ShownRow>(
          `${REPORTS} WHERE p.closed_at IS NOT NULL AND p.id < $1 AND ${IS_SHOWN} ORDER BY p.id DESC LIMIT $2`,
          ...[after ?? '~', limit, ...shown],
        );
  return rows.map(toReport);
}

function* countOpenReports(reader?: ReportReader): Operation<number> {
  const row = yield* one<{ open: number }>(
    `SELECT count(*) AS open FROM (SELECT p.id FROM reports p
       WHERE p.closed_at IS NULL AND p.id > $1 AND ${IS_SHOWN} ORDER BY p.id LIMIT $2) o`,
    ...['', COUNTED_MAX, reader?.id ?? '', reader?.roles ?? ROLES],
  );
  return Number(row?.open ?? 0);
}

function* listReportsBy(
  userId: UserId,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Operation<Report[]> {
  // No id is after '~'.
  const sql = `${REPORTS} WHERE p.reporter_id = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT $3`;
  return (yield* all<ShownRow>(sql, userId, before ?? '~', limit)).map(toReport);
}

type Closed = ReportEnd & { readonly report?: ReportRow };

function* storeClosed(
  id: string,
  decision: ReportDecision,
  keptSinceMs: number,
  by: By,
): Operation<Closed> {
  const { action } = decision;
  const report = yield* one<ReportRow>(
    `SELECT ${COLUMNS} FROM reports p WHERE p.id = $1 AND p.closed_at IS NULL FOR UPDATE`,
    id,
  );
  if (report === undefined) return { kind: 'already-closed' };
  const locked = yield* lockAccounts(report.user_id, by);
  // A deleted account has no role: its messages and the report are left.
  const account: Pick<LockedAccount, 'id' | 'role'> = locked?.account ?? {
    ...{ id: report.user_id, role: 'guest' },
  };
  const reporterId = isOfRule(report) ? undefined : report.reporter_id;
  const may = (actor: LockedAccount) =>
    mayActOnReport(actor, decision, account, { nowMs: by.atMs, reporterId });
  const actor =
    locked === undefined ? (yield* lockAccounts(by.actor as UserId, by))?.actor : locked.actor;
  if (!mayActOn(by, actor, may)) return { kind: 'refused', why: 'forbidden' };
  const isAboutMessage = action === 'dismiss' || action === 'delete';
  if (locked === undefined && !isAboutMessage) return { kind: 'refused', why: 'absent' };
  // Locked, in order, before the chain of the audit log.
  const others = yield* all<{ id: string }>(
    'SELECT id FROM reports WHERE target_id = $1 AND closed_at IS NULL ORDER BY id FOR UPDATE',
    report.target_id,
  );
  // First: a sanction that is refused leaves the report open.
  const end = yield* carryOut(report, decision, by);
  if (end.kind !== 'closed') return end;
  yield* run(
    'UPDATE reports SET closed_at = $2, closed_by = $3, action = $4 WHERE id = ANY($1::text[])',
    action === 'dismiss' ? [id] : others.map((each) => each.id),
    ...[by.atMs, by.actor, action],
  );
  // After the chain of the audit log, no lock is waited for.
  yield* run(
    `DELETE FROM reports WHERE id = ANY (ARRAY(
       SELECT id FROM reports WHERE closed_at < $1 ORDER BY closed_at LIMIT ${EXPIRED_ROWS_MAX} FOR UPDATE SKIP LOCKED))`,
    keptSinceMs,
  );
  return end;
}

function* carryOut(report: ReportRow, decision: ReportDecision, by: By): Operation<Closed> {
  const { id, user_id: userId } = report;
  const closed = { kind: 'closed', endedKeys: [], warning: undefined, report } as const;
  switch (decision.action) {
    case 'dismiss':
      return closed;
    case 'delete': {
      const { room_id: roomId, message_id: messageId } = report;
      if (roomId === null || messageId === null) return closed;
      const dueAtMs = by.atMs + CARRIED_OUT_MS;
      yield* noteMessageRemoval({ id, userId, roomId, messageId, dueAtMs });
      return closed;
    }
    case 'warn': {
      const { warningId, reason } = decision;
      const warning = { id: warningId, reason, content: report.content, atMs: by.atMs };
      yield* run(
        'INSERT INTO warnings (user_id, id, reason, content, created_at) VALUES ($1, $2, $3, $4, $5)',
        ...[userId, warningId, reason, report.content, by.atMs],
      );
      return { ...closed, warning };
    }
    case 'mute': {
      const { untilMs, reason } = decision;
      if (report.room_id === null) return closed;
      const mute = { untilMs, reason };
      const outcome = yield* setMute(report.room_id, userId, mute, by, 'only-prolongs');
      return outcome === 'done' ? closed : { kind: 'refused', why: outcome };
    }
    case 'suspend': {
      const { untilMs, reason } = decision;
      const ended = yield* setDisabled(userId, by.atMs, by, { untilMs, reason }, 'report');
      if (typeof ended === 'string') return { kind: 'refused', why: ended };
      yield* barOrigins(undefined, userId, by.atMs);
      return { ...closed, endedKeys: ended };
    }
    default:
      return decision satisfies never;
  }
}

const closeAudited = audited(
  storeClosed,
  (end, id: string, { action }: ReportDecision, _keptSinceMs: number, by: By) => {
    if (end.kind !== 'closed' || end.report === undefined) return undefined;
    const { report } = end;
    const { user_id: target, room_id: roomId, message_id: messageId } = report;
    const entry: Recorded = { ...by, action: 'report.close', target, detail: `${action} ${id}` };
    if (action !== 'delete' || messageId === null) return entry;
    return [entry, { ...by, action: 'message.delete', target, detail: `${roomId} ${messageId}` }];
  },
);

function* closeReport(...args: Parameters<typeof closeAudited>): Operation<ReportEnd> {
  const { report: _, ...end } = yield* closeAudited(...args);
  return end;
}

function* listWarnings(userId: UserId): Operation<Warning[]> {
  const rows = yield* all<{ id: string; reason: string; content: string; created_at: number }>(
    `SELECT id, reason, content, created_at FROM warnings WHERE user_id = $1
     ORDER BY id DESC LIMIT ${WARNINGS_MAX}`,
    userId,
  );
  return rows
    .map(({ id, reason, content, created_at: atMs }) => ({ id, reason, content, atMs }))
    .reverse();
}

function* deleteWarning(userId: UserId, id: string): Operation<boolean> {
  const sql = 'DELETE FROM warnings WHERE user_id = $1 AND id = $2';
  return (yield* run(sql, userId, id)) === 1;
}

export const REPORT_OPERATIONS = {
  reads: { findReport, listReports, countOpenReports, listReportsBy, listWarnings },
  writes: { deleteWarning },
  transactions: { insertReport, closeReport },
} satisfies Feature;
