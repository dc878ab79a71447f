/** The next owner of a room is a moderator if there is one, however many members have been there for longer. */
import type { Migration } from './migration.ts';

export const heirs: Migration = {
  oldestReader: 1,
  sql: [
    "CREATE INDEX memberships_of_moderators ON memberships (room_id, created_at, user_id) WHERE role = 'moderator'",
  ],
};
