/** Links that let people in, and the users who have used them. */
import type { Migration } from './migration.ts';

export const invites: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE invites (
  id TEXT COLLATE "C" PRIMARY KEY,
  token_digest TEXT COLLATE "C" NOT NULL UNIQUE,
  creator_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  room_ids TEXT NOT NULL,
  workspace_id TEXT COLLATE "C",
  uses_max BIGINT,
  use_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX invites_by_creator ON invites (creator_id, created_at DESC, id);

CREATE TABLE invite_uses (
  invite_id TEXT COLLATE "C" NOT NULL REFERENCES invites (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  used_at BIGINT NOT NULL,
  PRIMARY KEY (invite_id, user_id)
);
CREATE INDEX invite_uses_by_user ON invite_uses (user_id, invite_id);
`,
  ],
};
