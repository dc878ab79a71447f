/** Messages that are sent later have files, and may count in the room. */
import type { Migration } from './migration.ts';

export const scheduledFiles: Migration = {
  oldestReader: 1,
  sql: [
    `
-- As the message will have them; NULL without any.
ALTER TABLE scheduled_messages ADD COLUMN attachments TEXT;
ALTER TABLE scheduled_messages ADD COLUMN also_to_room BIGINT NOT NULL DEFAULT 0;
-- Key of the message that is sent later and alone can take the file, or has taken it: the file does not expire before.
ALTER TABLE files ADD COLUMN held_for TEXT COLLATE "C";
`,
  ],
};
