/** A confirmed address stays in force until another one is confirmed. */
import type { Migration } from './migration.ts';

export const pendingEmails: Migration = {
  oldestReader: 1,
  sql: [
    `
-- Takes the place of the confirmed address when its user opens a link that was sent to it; NULL if there is none.
ALTER TABLE emails ADD COLUMN pending_address TEXT;
`,
  ],
};
