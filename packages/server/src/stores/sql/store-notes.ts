/** Notes of a store about itself: the rows of `store_meta`. */
import { randomBytes } from 'node:crypto';
import { type Operation, one, run } from './operation.ts';
import type { LOG_KEY } from './tables.ts';

type Note =
  /** Part of every room's epoch. */
  | 'generation'
  /** Progress of an unfinished import. */
  | 'import'
  /** A copy that has not served clients yet. */
  | 'copied'
  /** Time up to which the accounts are those of the demo, with one password. */
  | 'demo'
  | typeof LOG_KEY;

export function* readNote(key: Note): Operation<string | undefined> {
  const sql = 'SELECT value FROM store_meta WHERE key = $1';
  return (yield* one<{ value: string }>(sql, key))?.value;
}

export function* writeNote(key: Note, value: string): Operation<void> {
  yield* run(
    `INSERT INTO store_meta (key, value) VALUES ($1, $2)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    key,
    value,
  );
}

export function* deleteNote(key: Note): Operation<void> {
  yield* run('DELETE FROM store_meta WHERE key = $1', key);
}

/** Writes a new store part of every room's epoch, for whenever the log may have gone back. */
export function* writeGeneration(): Operation<void> {
  yield* writeNote('generation', newGeneration());
}

export function newGeneration(): string {
  return randomBytes(6).toString('hex');
}
