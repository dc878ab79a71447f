/** Rooms that new users of a workspace join. */
import type { Migration } from './migration.ts';

export const defaultRooms: Migration = {
  oldestReader: 1,
  sql: [
    `
ALTER TABLE rooms ADD COLUMN is_default BIGINT NOT NULL DEFAULT 0;
CREATE INDEX rooms_default ON rooms (workspace_id, id) WHERE is_default = 1;
`,
  ],
};
