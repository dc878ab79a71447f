/** Lists the invites of all users. */
import type { Migration } from './migration.ts';

export const invitesByTime: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE INDEX invites_by_time ON invites (created_at DESC, id);
`,
  ],
};
