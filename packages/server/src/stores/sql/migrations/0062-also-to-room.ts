/** Replies may also be messages of the room. */
import type { Migration } from './migration.ts';

export const alsoToRoom: Migration = {
  oldestReader: 1,
  sql: [
    `
-- 1: a reply that counts in the room for everyone, as messages that are no replies do.
ALTER TABLE messages ADD COLUMN also_to_room BIGINT NOT NULL DEFAULT 0;
`,
  ],
};
