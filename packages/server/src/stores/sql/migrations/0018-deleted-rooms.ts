/** Rooms that are deleted in steps: no user finds them any more. */
import type { Migration } from './migration.ts';

export const deletedRooms: Migration = {
  oldestReader: 1,
  sql: [
    'ALTER TABLE rooms ADD COLUMN deleted_at BIGINT;',
    'CREATE INDEX rooms_deleted ON rooms (id) WHERE deleted_at IS NOT NULL;',
  ],
};
