/** Links that let people in, and the users who have used them. */
export const invites = `
CREATE TABLE invites (
  id TEXT PRIMARY KEY,
  token_digest TEXT NOT NULL UNIQUE,
  creator_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  room_ids TEXT NOT NULL,
  workspace_id TEXT,
  uses_max INTEGER,
  use_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_by_creator ON invites (creator_id, created_at DESC, id);

CREATE TABLE invite_uses (
  invite_id TEXT NOT NULL REFERENCES invites (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (invite_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_uses_by_user ON invite_uses (user_id, invite_id);
`;
