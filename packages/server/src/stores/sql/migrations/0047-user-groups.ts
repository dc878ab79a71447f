/** A mention reaches the users of a group. */
import type { Migration } from './migration.ts';

export const userGroups: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE user_groups (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- In lower case, in one namespace with the keys of usernames.
  handle TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  member_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX user_groups_by_handle ON user_groups (handle);
CREATE TABLE user_group_members (
  group_id TEXT COLLATE "C" NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX user_group_members_by_user ON user_group_members (user_id, group_id);
`,
  ],
};
