/** Usernames that look like another one are found: `Iedger` and `ledger`. */
import type { Migration } from './migration.ts';

const USERNAME_LOOK = "lower(replace(replace(replace(username, 'I', 'l'), '1', 'l'), '0', 'o'))";

export const usernameLooks: Migration = {
  oldestReader: 1,
  sql: [`CREATE INDEX users_by_username_look ON users (${USERNAME_LOOK});`],
};
