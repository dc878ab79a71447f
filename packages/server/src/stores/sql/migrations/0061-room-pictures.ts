/** Rooms have pictures. */
import type { Migration } from './migration.ts';

export const roomPictures: Migration = {
  oldestReader: 1,
  sql: [
    `
-- No reference: archives fill tables in any order.
ALTER TABLE rooms ADD COLUMN picture_file_id TEXT COLLATE "C";
`,
  ],
};
