/** Schema versions in order; version n is the n-th entry. Entries are appended, never edited. */
import { baseline } from './0001-baseline.ts';
import { invites } from './0002-invites.ts';
import { disabledAccounts } from './0003-disabled-accounts.ts';

export interface Migration {
  readonly sql: string;
  /**
   * Lowest version whose Parley can work with the schema after this migration: nodes are upgraded
   * one by one.
   */
  readonly oldestReader: number;
}

export const MIGRATIONS: readonly Migration[] = Object.freeze([
  { sql: baseline, oldestReader: 1 },
  { sql: invites, oldestReader: 1 },
  { sql: disabledAccounts, oldestReader: 1 },
]);
