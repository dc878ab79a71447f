/** Rooms in which members wait between their messages. */
import type { Migration } from './migration.ts';

export const slowMode: Migration = {
  oldestReader: 1,
  sql: ['ALTER TABLE rooms ADD COLUMN slow_mode_seconds BIGINT NOT NULL DEFAULT 0;'],
};
