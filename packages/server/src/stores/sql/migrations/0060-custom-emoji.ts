/** The server has emoji of its own. */
import type { Migration } from './migration.ts';

export const customEmoji: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE custom_emoji (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- No reference: archives fill tables in any order.
  file_id TEXT COLLATE "C" NOT NULL,
  -- The user who has added it.
  user_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL
);
`,
  ],
};
