/** Users report messages and users to the moderators of the server, who can warn users. */
import type { Migration } from './migration.ts';

export const reports: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE TABLE reports (
  id TEXT COLLATE "C" PRIMARY KEY,
  reporter_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The author of the message, or the user that the report is about.
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The id of the message, or else of the user.
  target_id TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- NULL for a report about a user. No references: a report outlives the room.
  message_id TEXT COLLATE "C",
  room_id TEXT COLLATE "C",
  -- Copies of the time of the report.
  content TEXT NOT NULL,
  files TEXT NOT NULL,
  sent_at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by TEXT COLLATE "C",
  action TEXT
);
CREATE UNIQUE INDEX reports_open_by_target ON reports (target_id, reporter_id) WHERE closed_at IS NULL;
CREATE INDEX reports_open ON reports (id) WHERE closed_at IS NULL;
CREATE INDEX reports_closed ON reports (id) WHERE closed_at IS NOT NULL;
CREATE INDEX reports_by_end ON reports (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX reports_by_reporter ON reports (reporter_id);
CREATE INDEX reports_by_user ON reports (user_id);

-- Shown to the user until the user has dismissed them.
CREATE TABLE warnings (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id TEXT COLLATE "C" NOT NULL,
  reason TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, id)
);
`,
  ],
};
