/** Usernames look alike also with other letters and with signs at the end: `rn` and `m`, `anna` and `anna_`. */
import type { Migration } from './migration.ts';

/** As `usernameLookOf` of the model. */
export const USERNAME_LOOK =
  "rtrim(replace(replace(lower(replace(replace(replace(username, 'I', 'l'), '1', 'l'), '0', 'o')), 'rn', 'm'), 'vv', 'w'), '_-')";

export const closerUsernameLooks: Migration = {
  oldestReader: 1,
  sql: [
    `
DROP INDEX users_by_username_look;
CREATE INDEX users_by_username_look ON users (${USERNAME_LOOK});
`,
  ],
};
