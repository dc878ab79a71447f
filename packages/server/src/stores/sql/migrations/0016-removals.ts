/** Accounts can be deleted, and all messages of a user removed, in steps. */
import type { Migration } from './migration.ts';

export const removals: Migration = {
  oldestReader: 1,
  sql: [
    `
ALTER TABLE users ADD COLUMN deleted_at BIGINT;

-- Digests of the names of deleted accounts, which no other account gets.
CREATE TABLE former_names (
  name_digest TEXT COLLATE "C" PRIMARY KEY
);

-- What remains to be done; a row is deleted with its last step.
CREATE TABLE removals (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  is_of_account BIGINT NOT NULL,
  deletes_messages BIGINT NOT NULL,
  -- The messages in the rooms up to this one are deleted.
  after_room_id TEXT COLLATE "C" NOT NULL,
  due_at BIGINT NOT NULL
);
CREATE INDEX removals_by_time ON removals (due_at, id);

CREATE INDEX invitations_by_inviter ON invitations (inviter_id);
`,
  ],
};
