/** Files of sound and films have a length. */
import type { Migration } from './migration.ts';

export const fileDurations: Migration = {
  oldestReader: 1,
  sql: ['ALTER TABLE files ADD COLUMN duration_ms BIGINT;'],
};
