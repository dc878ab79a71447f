/** Invitations to workspaces and groups, and the setting that strangers must ask first. */
export const invitations = `
CREATE TABLE invitations (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  target_id TEXT COLLATE "C" NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  inviter_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, target_id)
);

ALTER TABLE users ADD COLUMN asks_first INTEGER NOT NULL DEFAULT 0;
`;
