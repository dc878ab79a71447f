/**
 * Writes the audit log. An operation that it records is declared with `audited`, and its entry is
 * written in the same transaction.
 */
import { hash } from 'node:crypto';
import { type AuditEntry, encodeEntry, type Recorded } from '../../model/audit.ts';
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
  const last = yield* one<Pick<EntryRow, 'id' | 'created_at' | 'digest'>>(
    'SELECT id, created_at, digest FROM audit_entries ORDER BY id DESC LIMIT 1',
  );
  let [id, atMs, previous] = [last?.id ?? 0, last?.created_at ?? 0, last?.digest ?? ''];
  for (const { actor, action, target, address, detail = '', ...at } of recorded) {
    id += 1;
    // Times never decrease, whatever the clocks of several nodes: retention deletes the first entries.
    atMs = Math.max(atMs, at.atMs);
    const entry = { id, atMs, actor, action, target, address, detail };
    previous = hash('sha256', encodeEntry(previous, entry));
    yield* run(
      `INSERT INTO audit_entries (id, created_at, actor, action, target, address, detail, digest)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      ...[id, atMs, actor, action, target, address, detail, previous],
    );
  }
}
