/** Thumbnails of attachments are made after the upload, by the unit of this name. */
import type { Migration } from './migration.ts';

export const thumbnailsDue: Migration = {
  oldestReader: 1,
  sql: [
    `
-- When the next process may make the thumbnails; NULL if they are made, or there are to be none.
ALTER TABLE files ADD COLUMN thumbnails_due_at BIGINT;
ALTER TABLE files ADD COLUMN thumbnail_attempts BIGINT NOT NULL DEFAULT 0;
CREATE INDEX files_without_thumbnails ON files (thumbnails_due_at, id) WHERE thumbnails_due_at IS NOT NULL;
`,
  ],
};
