/** Address that an invitation link is mailed to. */
import type { Migration } from './migration.ts';

export const mailedInvites: Migration = {
  oldestReader: 1,
  sql: ['ALTER TABLE invites ADD COLUMN email TEXT'],
};
