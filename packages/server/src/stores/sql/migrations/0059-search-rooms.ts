/** Public rooms that are archived, which a search finds beside those that are not. */
import type { Migration } from './migration.ts';

export const searchRooms: Migration = {
  oldestReader: 1,
  sql: [
    `CREATE INDEX rooms_public_archived ON rooms (id) WHERE visibility = 'public' AND archived_at IS NOT NULL;`,
  ],
};
