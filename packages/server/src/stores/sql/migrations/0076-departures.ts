/** Who has left a room, or was removed from it, is asked before others add the user again. */
import type { Migration } from './migration.ts';

export const departures: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Also of users who are members again: it is asked about others only. Notes of changes are deleted with the messages around them.
CREATE TABLE departures (
  room_id TEXT COLLATE "C" NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (room_id, user_id)
);
CREATE INDEX departures_by_user ON departures (user_id);
INSERT INTO departures (room_id, user_id)
  SELECT DISTINCT c.room_id, c.user_id FROM membership_changes c JOIN users u ON u.id = c.user_id
  WHERE c.kind IN ('left', 'removed', 'banned');
`,
  ],
};
