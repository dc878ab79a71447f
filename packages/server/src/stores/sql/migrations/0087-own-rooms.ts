/** The rooms that a user has left are listed by id, with the direct rooms that a block of the user has ended. */
import type { Migration } from './migration.ts';

export const ownRooms: Migration = {
  oldestReader: 1,
  sql: [
    `
DROP INDEX departures_by_user;
CREATE INDEX departures_by_user ON departures (user_id, room_id);
INSERT INTO departures (room_id, user_id)
  SELECT r.id, b.user_id FROM blocks b JOIN rooms r ON r.kind = 'direct' AND r.name_key IN (
    'direct:' || b.user_id || ':' || b.blocked_id, 'direct:' || b.blocked_id || ':' || b.user_id)
  WHERE NOT EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = b.user_id)
    AND NOT EXISTS (SELECT 1 FROM departures d WHERE d.room_id = r.id AND d.user_id = b.user_id);
`,
  ],
};
