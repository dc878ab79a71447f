/** Invitations to workspaces and groups, and the setting that strangers must ask first. */
export const invitations = `
CREATE TABLE invitations (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  target_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  inviter_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, target_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE users ADD COLUMN asks_first INTEGER NOT NULL DEFAULT 0;
`;
