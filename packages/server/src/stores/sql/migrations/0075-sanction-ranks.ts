/**
 * With which rank a ban, a mute or a suspension was made (`model/sanctions.ts`), and who has disabled an
 * account. NULL, as in rows of earlier versions, counts as the highest rank of the API.
 */
import type { Migration } from './migration.ts';

export const sanctionRanks: Migration = {
  oldestReader: 1,
  sql: [
    `
ALTER TABLE bans ADD COLUMN made_as TEXT;
ALTER TABLE mutes ADD COLUMN made_as TEXT;
ALTER TABLE users ADD COLUMN disabled_by TEXT;
ALTER TABLE users ADD COLUMN disabled_as TEXT;
`,
  ],
};
