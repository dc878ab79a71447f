/** Files that users have uploaded; their bytes are outside the database. */
import type { Migration } from './migration.ts';

export const files: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE files (
  id TEXT COLLATE "C" PRIMARY KEY,
  -- No reference: the file of a user who is gone is collected as others.
  user_id TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  size BIGINT NOT NULL,
  width BIGINT,
  height BIGINT,
  has_thumbnail BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  -- Place in the log of the message that has it.
  room_id TEXT COLLATE "C",
  sequence BIGINT,
  -- NULL while a message has it.
  expires_at BIGINT
);
CREATE INDEX files_by_place ON files (room_id, sequence);
CREATE INDEX files_by_expiry ON files (expires_at, id);

-- One row: the sum of the sizes of all files.
CREATE TABLE file_totals (
  id BIGINT PRIMARY KEY,
  bytes BIGINT NOT NULL
);
`,
  ],
};
