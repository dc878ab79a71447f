/** Workspaces have pictures. */
import type { Migration } from './migration.ts';

export const workspacePictures: Migration = {
  oldestReader: 1,
  sql: [
    `
-- No references: archives fill tables in any order.
ALTER TABLE workspaces ADD COLUMN picture_file_id TEXT COLLATE "C";
-- Of a picture: its members may read it.
ALTER TABLE files ADD COLUMN workspace_id TEXT COLLATE "C";
`,
  ],
};
