/** Links let in guests, too. */
import type { Migration } from './migration.ts';

export const guestInvites: Migration = {
  oldestReader: 1,
  sql: ["ALTER TABLE invites ADD COLUMN role TEXT NOT NULL DEFAULT 'member';"],
};
