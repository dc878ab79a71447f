/** Sessions have how they began, if it was not with a password alone. */
import type { Migration } from './migration.ts';

export const signInWays: Migration = {
  oldestReader: 1,
  sql: ['ALTER TABLE sessions ADD COLUMN signed_in_by TEXT;\n'],
};
