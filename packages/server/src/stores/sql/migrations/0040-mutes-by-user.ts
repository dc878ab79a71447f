/** The mutes of a user are found without those of others: nodes compare the users who are connected. */
import type { Migration } from './migration.ts';

export const mutesByUser: Migration = {
  oldestReader: 1,
  sql: ['CREATE INDEX mutes_by_user ON mutes (user_id, until)'],
};
