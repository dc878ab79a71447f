/** A removal of a message that a report has decided is carried out, whatever ends meanwhile. */
import type { Migration } from './migration.ts';

export const messageRemovals: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Of a single message; both or neither.
ALTER TABLE removals ADD COLUMN room_id TEXT COLLATE "C";
ALTER TABLE removals ADD COLUMN message_id TEXT COLLATE "C";
`,
  ],
};
