/**
 * Writes the audit log. An operation that it records is declared with `audited`, and its entry is
 * written in the same transaction.
 */
import { hash } from 'node:crypto';
import type { UserId } from '@parley/protocol';
import {
  type AuditEntry,
  encodeEntry,
  isCounted,
  type Recorded,
  SAME_ENTRIES_MAX,
  SAME_WINDOW_MS,
} from '../../model/audit.ts';
import { all, type Operation, one, run } from './operation.ts';

/** No other lock has this key: those of login attempts and identities have spaces. */
const CHAIN_KEY = 'audit';

export interface EntryRow {
  readonly id: number;
  readonly created_at: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly address: string;
  readonly detail: string;
  readonly digest: string;
}

export const ENTRY_COLUMNS =
  'e.id, e.created_at, e.actor, e.action, e.target, e.address, e.detail, e.digest';

export function toEntry(row: EntryRow): AuditEntry {
  const { id, created_at: atMs, actor, action, target, address, detail, digest } = row;
  return { id, atMs, actor, action, target, address, detail, digest };
}

/**
 * An operation with its entry, in one transaction.
 *
 * @param toRecord Returns what the entry says, or several, from the result and the arguments; undefined
 *   if nothing was done. Its arguments may be more than those of the operation.
 */
export function audited<Own extends readonly unknown[], Args extends readonly unknown[], Result>(
  operation: (...args: Own) => Operation<Result>,
  toRecord: (result: Result, ...args: Args) => Recorded | readonly Recorded[] | undefined,
): (...args: Args) => Operation<Result> {
  return function* (...args: Args): Operation<Result> {
    // The operation ignores the arguments that only the entry needs: they come last.
    const result = yield* operation(...(args as readonly unknown[] as Own));
    const recorded = toRecord(result, ...args);
    if (recorded !== undefined) yield* appendEntries([recorded].flat());
    return result;
  };
}

/** Waits for other writers of the chain, until the end of the transaction. */
export function* lockChain(): Operation<void> {
  yield* all({ own: 'lockKeys' }, [CHAIN_KEY]);
}

/**
 * Appends entries to the chain. Call it last in a transaction: no other lock is taken after that of
 * the chain, so transactions cannot deadlock, and other writers wait only for the commit.
 */
export function* appendEntries(recorded: readonly Recorded[]): Operation<void> {
  if (recorded.length === 0) return;
  yield* lockChain();
  const entries: Recorded[] = [];
  for (const act of recorded) entries.push(...(yield* countAct(act)));
  yield* writeEntries(entries);
}

function* writeEntries(recorded: readonly Recorded[]): Operation<void> {
  const last = yield* one<Pick<EntryRow, 'id' | 'created_at' | 'digest'>>(
    'SELECT id, created_at, digest FROM audit_entries ORDER BY id DESC LIMIT 1',
  );
  let [id, atMs, previous] = [last?.id ?? 0, last?.created_at ?? 0, last?.digest ?? ''];
  for (const { actor, action, target, address, detail = '', renamed, ...at } of recorded) {
    id += 1;
    // Times never decrease, whatever the clocks of several nodes: retention deletes the first entries.
    atMs = Math.max(atMs, at.atMs);
    const entry = { id, atMs, actor, action, target, address, detail };
    previous = hash('sha256', encodeEntry(previous, entry));
    yield* run(
      `INSERT INTO audit_entries (id, created_at, actor, action, target, address, detail, digest, renamed)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      ...[id, atMs, actor, action, target, address, detail, previous],
      renamed === undefined ? null : JSON.stringify([renamed.from, renamed.to]),
    );
  }
}

type ActRow = Pick<EntryRow, 'actor' | 'action' | 'target' | 'detail'> & {
  readonly acts: number;
  readonly window_ends_at: number;
};

const ACT_COLUMNS = 'actor, action, target, detail, acts, window_ends_at';
const IS_ACT = 'actor = $1 AND action = $2 AND target = $3 AND detail = $4';
const ENDED = `SELECT ${ACT_COLUMNS} FROM repeated_acts WHERE window_ends_at <= $1 ORDER BY window_ends_at LIMIT $2`;

/** Returns the entries to write: none if the log says the same often enough, and that of an hour before. */
function* countAct(act: Recorded): Operation<readonly Recorded[]> {
  if (!isCounted(act)) return [act];
  const { actor, action, target, detail = '', atMs } = act;
  const key = [actor, action, target, detail];
  const known = yield* one<ActRow>(
    `SELECT ${ACT_COLUMNS} FROM repeated_acts WHERE ${IS_ACT}`,
    ...key,
  );
  const endsAtMs = known?.window_ends_at ?? 0;
  // A window far in the future is of a clock that was wrong.
  const isOpen = endsAtMs > atMs && endsAtMs <= atMs + 2 * SAME_WINDOW_MS;
  const acts = known !== undefined && isOpen ? known.acts + 1 : 1;
  yield* run(
    `INSERT INTO repeated_acts (${ACT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (actor, action, target, detail) DO UPDATE
       SET acts = excluded.acts, window_ends_at = excluded.window_ends_at`,
    ...[...key, acts, isOpen ? endsAtMs : atMs + SAME_WINDOW_MS],
  );
  const former = known === undefined || isOpen ? [] : toRest(known);
  return acts > SAME_ENTRIES_MAX ? former : [...former, act];
}

/** Deletes the names that were those of a user. */
export function* forgetNames(userId: UserId): Operation<void> {
  const sql = 'UPDATE audit_entries SET renamed = NULL WHERE target = $1 AND renamed IS NOT NULL';
  yield* run(sql, userId);
}

/** Writes the numbers of the acts whose hour has ended. Returns how many hours: at most `hoursMax`. */
export function* sumRepeatedActs({
  nowMs,
  hoursMax,
}: {
  readonly nowMs: number;
  readonly hoursMax: number;
}): Operation<number> {
  // Most searches find nothing, and need no lock.
  if ((yield* all(ENDED, nowMs, 1)).length === 0) return 0;
  yield* lockChain();
  const ended = yield* all<ActRow>(ENDED, nowMs, hoursMax);
  for (const { actor, action, target, detail } of ended) {
    yield* run(`DELETE FROM repeated_acts WHERE ${IS_ACT}`, actor, action, target, detail);
  }
  yield* writeEntries(ended.flatMap(toRest));
  return ended.length;
}

/** The entry for the acts without one. */
function toRest({ actor, action, target, detail, acts, window_ends_at: atMs }: ActRow): Recorded[] {
  if (acts <= SAME_ENTRIES_MAX) return [];
  const number = `more ${acts - SAME_ENTRIES_MAX}`;
  // Written by `countAct`.
  const what = { actor, action, target } as Pick<Recorded, 'actor' | 'action' | 'target'>;
  return [{ ...what, address: '', atMs, detail: detail === '' ? number : `${detail} ${number}` }];
}
