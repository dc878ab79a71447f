/** Edits keep the texts that they replace. */
import type { Migration } from './migration.ts';

export const messageVersions: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE message_versions (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  -- Of the message.
  sequence BIGINT NOT NULL,
  -- Of the edit.
  replaced_by BIGINT NOT NULL,
  content TEXT NOT NULL,
  written_at BIGINT NOT NULL,
  PRIMARY KEY (room_id, sequence, replaced_by)
);
`,
  ],
};
