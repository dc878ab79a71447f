/** Removals go on in the middle of a room. */
import type { Migration } from './migration.ts';

export const removalsInTurns: Migration = {
  oldestReader: 1,
  sql: [
    `
-- In the room that follows; the messages up to this one are read.
ALTER TABLE removals ADD COLUMN after_sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE removals ADD COLUMN message_count BIGINT NOT NULL DEFAULT 0;
`,
  ],
};
