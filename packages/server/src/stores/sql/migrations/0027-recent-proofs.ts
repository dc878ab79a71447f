/** Sessions have the time at which the user last proved who they are, besides that of the login. */
import type { Migration } from './migration.ts';

export const recentProofs: Migration = {
  oldestReader: 1,
  sql: ['ALTER TABLE sessions ADD COLUMN proved_at BIGINT;\n'],
};
