/** Finds whether the server has an account. */
import type { Migration } from './migration.ts';

export const firstAccount: Migration = {
  oldestReader: 1,
  sql: [
    `
CREATE INDEX users_with_password ON users (id) WHERE password_hash <> '!';
`,
  ],
};
