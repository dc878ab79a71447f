/** Links may be fetched by a process of its own. */
import type { Migration } from './migration.ts';

export const wantedPreviews: Migration = {
  oldestReader: 1,
  sql: [
    `
-- While the address is awaited: the address, and the user for whom. No reference: the row expires.
ALTER TABLE link_previews ADD COLUMN url TEXT;
ALTER TABLE link_previews ADD COLUMN user_id TEXT COLLATE "C";
-- When the next process may fetch it.
ALTER TABLE link_previews ADD COLUMN due_at BIGINT;
CREATE INDEX link_previews_due ON link_previews (due_at, slot) WHERE due_at IS NOT NULL;
`,
  ],
};
