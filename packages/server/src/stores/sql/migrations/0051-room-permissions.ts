/** Rooms leave invitations, pins and mentions of everyone to all members, or to moderators. */
import type { Migration } from './migration.ts';

export const roomPermissions: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Empty: as by default for the kind and visibility of the room.
ALTER TABLE rooms ADD COLUMN inviting TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN pinning TEXT NOT NULL DEFAULT 'members';
ALTER TABLE rooms ADD COLUMN mentioning_all TEXT NOT NULL DEFAULT 'members';
`,
  ],
};
